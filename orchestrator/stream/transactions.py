"""Exactly once: what the owner of a partition writes, and how far it is done, in transactions.

One transactional producer a partition number, named after it: whoever starts it anew fences the
one before, wherever that is and whatever it believes. (Faust names its producers after the
partition that is written to, which fences nobody.) Fence first, then restore, then ask for the
committed offset: in any other order a transaction of the former owner can still end in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from faust.types import TP

from orchestrator.errors import OwnershipLost
from orchestrator.stream.fence import FENCED
from orchestrator.stream.own_writes import OnWritten, Written
from orchestrator.stream.producer import REQUEST_TIMEOUT_S, TransactionalProducer
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.records import Record
from orchestrator.stream.writing import ByTopic, Done, Owner

logger = logging.getLogger(__name__)

RETRY_S = 1.0
STOP_WITHIN_S = 2.0

NewProducer = Callable[[str], TransactionalProducer]
"""A producer with this transactional id, not started."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one caller wants in a transaction, whole."""

    steps: tuple[ByTopic, ...]
    done: Done | None
    ended: asyncio.Future[None]


class PartitionTransactions:
    """The transactions of one partition number, one at a time.

    What comes while one is under way goes into the next, all of it together. After a failure there
    is no next one: the rows here may lack what Kafka has, and the partition is to be taken over
    anew.
    """

    def __init__(
        self,
        producer: TransactionalProducer,
        partition: int,
        group: str,
        owner: Owner,
        on_written: OnWritten,
    ) -> None:
        self._producer = producer
        self._partition = partition
        self._group = group
        self._owner = owner
        self._on_written = on_written
        self._waiting: list[Entry] = []
        self._running: asyncio.Task[None] | None = None
        self._torn = False

    @property
    def intact(self) -> bool:
        """Nothing is under way, and whoever wrote something knows how it ended."""
        return (
            not self._torn and not self._waiting and (self._running is None or self._running.done())
        )

    async def write(self, steps: tuple[ByTopic, ...], done: Done | None) -> None:
        """Return when a transaction with all of it is committed. See PartitionWriter."""
        if self._torn:
            raise OwnershipLost(f"partition {self._partition} is to be taken over anew")
        entry = Entry(steps, done, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await entry.ended

    async def _run(self) -> None:
        while self._waiting:
            entries = [entry for entry in self._waiting if not entry.ended.done()]
            self._waiting = []
            if not entries:  # their callers were cancelled
                return
            try:
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    await self._transact(entries)
            except (KafkaError, TimeoutError) as error:
                self._tear(entries, error)
                return
            for entry in entries:
                self._end(entry)

    async def _transact(self, entries: list[Entry]) -> None:
        await self._producer.begin_transaction()
        futures: list[asyncio.Future[Any]] = []
        written: list[Written] = []
        for topic, records in _merged(entries).items():
            futures += await enqueue(
                self._producer, topic, self._partition, records, written.append
            )
        await acknowledged(futures)
        # Not beside it: Kafka refuses a batch while it adds the group to the transaction, and the
        # client waits 100 ms before it sends the batch again.
        if offsets := self._offsets(entries):
            await self._producer.send_offsets_to_transaction(offsets, self._group)
        await self._producer.commit_transaction()
        for each in written:
            self._on_written(each._replace(in_transaction=True))

    def _offsets(self, entries: list[Entry]) -> dict[TopicPartition, int]:
        found = [entry.done for entry in entries if entry.done is not None]
        return {TopicPartition(d.topic, self._partition): d.next_offset for d in found}

    def _end(self, entry: Entry) -> None:
        if entry.ended.done():  # its caller was cancelled, and does not know that Kafka has it
            self._torn = True
            return
        if entry.done is not None:
            tp = TP(entry.done.topic, self._partition)
            self._owner.committed(tp, entry.done.next_offset)
        entry.ended.set_result(None)

    def _tear(self, entries: list[Entry], error: BaseException) -> None:
        """The transaction ended in failure. An open one is aborted by who starts the id next."""
        self._torn = True
        self._producer.give_up()
        over = _is_over(error)
        told: BaseException = OwnershipLost(f"partition {self._partition}: {error!r}")
        for entry in (*entries, *self._waiting):
            if not entry.ended.done():
                entry.ended.set_exception(told if over else error)
        self._waiting.clear()
        if over:
            self._owner.lost(self._partition, error)

    async def stop(self) -> None:
        """Wait for what is under way, not for long: whoever comes next fences it."""
        if self._running is not None:
            _, late = await asyncio.wait({self._running}, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
        self._torn = True
        await _stopped(self._producer)


class TransactionalWriter:
    """A PartitionWriter whose every write is a transaction or part of one, offsets included."""

    def __init__(self, new_producer: NewProducer, application: str, on_written: OnWritten) -> None:
        self._new_producer = new_producer
        self._on_written = on_written
        self._application = application
        self._partitions: dict[int, PartitionTransactions] = {}
        self._owner: Owner

    def attach(self, owner: Owner) -> None:
        """See PartitionWriter."""
        self._owner = owner

    async def own(self, partitions: Iterable[int], fresh: Iterable[int]) -> None:
        """Fence the former owners of `fresh`, and let go what is no longer owned.

        Kafka's absence is waited out. Raises KafkaError if it refuses.
        """
        fresh, kept = set(fresh), set(partitions) - set(fresh)
        gone = [number for number in self._partitions if number not in kept]
        await asyncio.gather(*(self._partitions.pop(number).stop() for number in gone))
        started = await asyncio.gather(*(self._start(number) for number in sorted(fresh)))
        self._partitions.update(started)

    async def _start(self, number: int) -> tuple[int, PartitionTransactions]:
        while True:
            producer = self._new_producer(f"{self._application}-{number}")
            try:
                await producer.start()
            except KafkaConnectionError as error:
                logger.warning("transactions of partition %d: trying again: %r", number, error)
                await _stopped(producer)
                await asyncio.sleep(RETRY_S)
            except BaseException:
                await _stopped(producer)
                raise
            else:
                return number, PartitionTransactions(
                    producer, number, self._application, self._owner, self._on_written
                )

    def intact(self, partition: int) -> bool:
        """See PartitionWriter."""
        found = self._partitions.get(partition)
        return found is not None and found.intact

    async def write(self, partition: int, *steps: ByTopic, done: Done | None = None) -> None:
        """See PartitionWriter; all steps and the offset are one transaction."""
        try:
            transactions = self._partitions[partition]
        except KeyError:
            raise OwnershipLost(f"partition {partition} is not this worker's") from None
        await transactions.write(steps, done)

    async def stop(self) -> None:
        """End all producers."""
        stopping, self._partitions = self._partitions, {}
        await asyncio.gather(*(each.stop() for each in stopping.values()))


def _merged(entries: list[Entry]) -> dict[str, list[Record]]:
    """All records by topic, in the order in which they were wanted."""
    merged: dict[str, list[Record]] = defaultdict(list)
    for entry in entries:
        for step in entry.steps:
            for topic, records in step.items():
                merged[topic] += records
    return merged


def _is_over(error: BaseException | None) -> bool:
    """Whether taking the partition over anew is the remedy: fenced, or the producer broke down.

    The client wraps some errors into its own, and gives a producer up over some that would pass.
    """
    if error is None:
        return False
    passing = isinstance(error, KafkaError) and error.retriable
    return passing or isinstance(error, FENCED) or _is_over(error.__cause__)


async def _stopped(producer: TransactionalProducer) -> None:
    try:
        await asyncio.wait_for(producer.stop(), STOP_WITHIN_S)
    except (KafkaError, TimeoutError) as error:
        logger.info("a transactional producer did not stop in order: %r", error)
