"""Kafka in memory: logs by topic and partition, committed offsets, and two ways to write."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from random import Random

from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.writing import ByTopic, Done
from tests.simulation.school.steps import step
from tests.unit.stream.samples import record

PARTITIONS = 2

Source = tuple[str, int]
"""(topic, partition) that somebody reads."""

Check = Callable[[], None]
"""Called before anything is written. Raises Fenced."""


class Fenced(Exception):
    """The partition has another owner."""


class Kafka:
    """The logs, and how far each source is committed."""

    def __init__(self) -> None:
        self.log: defaultdict[str, dict[int, list[RawRecord]]] = defaultdict(
            lambda: {number: [] for number in range(PARTITIONS)}
        )
        self.committed: defaultdict[Source, int] = defaultdict(int)

    def append(self, topic: str, partition: int, records: Iterable[Record]) -> None:
        log = self.log[topic][partition]
        for each in records:
            log.append(
                record(
                    len(log),
                    each.value,
                    key=each.key,
                    topic=topic,
                    partition=partition,
                    headers=each.headers,
                )
            )

    def after(self, source: Source, offset: int, limit: int) -> list[RawRecord]:
        topic, partition = source
        return list(islice(self.log[topic][partition], offset, offset + limit))

    def commit(self, source: Source, offset: int) -> None:
        self.committed[source] = max(offset, self.committed[source])

    def lag(self, source: Source, offset: int) -> int:
        topic, partition = source
        return len(self.log[topic][partition]) - offset

    def restored(self, changelog: str, partition: int) -> dict[bytes, bytes]:
        """The rows that a worker reads back from a changelog."""
        rows: dict[bytes, bytes] = {}
        for each in self.log[changelog][partition]:
            if each.value is None:
                rows.pop(each.key or b"", None)
            else:
                rows[each.key or b""] = each.value
        return rows


class PlainSender:
    """What comes twice is known again: partitions one after the other, and a crash in between."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        groups: defaultdict[int, list[Record]] = defaultdict(list)
        for each in records:
            number = partition_of(each.key or b"", PARTITIONS) if partition is None else partition
            groups[number].append(each)
        for number, group in groups.items():
            await step()
            self._kafka.append(topic, number, group)
        await step()


class AwaitedSteps:
    """At least once: step by step; of a step, the topics in any order, each durable by itself.

    A former owner is refused where it is `fenced`, and nowhere else.
    """

    def __init__(self, kafka: Kafka, fenced: Collection[str], check: Check, random: Random) -> None:
        self._kafka = kafka
        self._fenced = fenced
        self._check = check
        self._random = random

    async def write(self, partition: int, *steps: ByTopic, done: Done | None = None) -> None:
        for by_topic in steps:
            await self._write(partition, by_topic)

    async def _write(self, partition: int, by_topic: ByTopic) -> None:
        written = [(topic, list(records)) for topic, records in by_topic.items()]
        self._random.shuffle(written)
        for topic, records in written:
            if records:
                await step()
                if topic in self._fenced:
                    self._check()
                self._kafka.append(topic, partition, records)
        await step()


class Transactions:
    """Exactly once: a write and its offset are there together, or not at all."""

    def __init__(self, kafka: Kafka, check: Check) -> None:
        self._kafka = kafka
        self._check = check

    async def write(self, partition: int, *steps: ByTopic, done: Done | None = None) -> None:
        await step()
        self._check()
        for by_topic in steps:
            for topic, records in by_topic.items():
                self._kafka.append(topic, partition, records)
        if done is not None:
            self._kafka.commit((done.topic, partition), done.next_offset)
        await step()
