"""Reading what a topic holds from a time on."""

from datetime import datetime, timedelta

from orchestrator.clock import SystemClock
from orchestrator.stream.read_back import read_back
from orchestrator.stream.records import RawRecord, Record
from tests.conftest import CreateTopic
from tests.integration.stream.workers import write
from tests.waiting import eventually

HOUR = timedelta(hours=1)


class Reader:
    """What was read, by partition."""

    def __init__(self, kafka: str, topic: str, partitions: int) -> None:
        self.settings = {"bootstrap_servers": kafka}
        self.topic, self.partitions = topic, partitions
        self.seen: dict[int, list[bytes | None]] = {}

    def take(self, _topic: str, partition: int, records: list[RawRecord]) -> None:
        self.seen.setdefault(partition, []).extend(record.value for record in records)

    async def reads(self, since: datetime, most: int = 1_000) -> int:
        return await read_back(
            self.settings,
            self.topic,
            partitions=self.partitions,
            since=since,
            most=most,
            apply=self.take,
        )


def values(start: int, end: int) -> list[bytes]:
    return [b"%d" % number for number in range(start, end)]


async def tell(kafka: str, topic: str, start: int, end: int, partitions: int = 1) -> None:
    await write(kafka, topic, [Record(value, value) for value in values(start, end)], partitions)


async def test_all_partitions_are_read_to_their_ends(kafka: str, create_topic: CreateTopic) -> None:
    topic = await create_topic("decisions", partitions=3)
    await tell(kafka, topic, 0, 500, partitions=3)
    reader = Reader(kafka, topic, 3)
    assert await reader.reads(SystemClock().now() - HOUR) == 500
    assert len(reader.seen) == 3
    assert {value for seen in reader.seen.values() for value in seen} == set(values(0, 500))


async def test_what_was_written_before_the_time_is_not_read(
    kafka: str, create_topic: CreateTopic
) -> None:
    topic = await create_topic("decisions")
    await tell(kafka, topic, 0, 10)
    between = SystemClock().now() + timedelta(milliseconds=1)
    await eventually(lambda: SystemClock().now() > between)
    await tell(kafka, topic, 10, 15)
    reader = Reader(kafka, topic, 1)
    assert await reader.reads(between) == 5
    assert reader.seen == {0: values(10, 15)}


async def test_of_too_much_the_newest_is_read(kafka: str, create_topic: CreateTopic) -> None:
    topic = await create_topic("decisions")
    await tell(kafka, topic, 0, 50)
    reader = Reader(kafka, topic, 1)
    assert await reader.reads(SystemClock().now() - HOUR, most=7) == 7
    assert reader.seen == {0: values(43, 50)}


async def test_where_there_is_nothing_nothing_is_waited_for(
    kafka: str, create_topic: CreateTopic
) -> None:
    topic = await create_topic("decisions", partitions=2)
    reader = Reader(kafka, topic, 2)
    assert await reader.reads(SystemClock().now() - HOUR) == 0
    await tell(kafka, topic, 0, 5, partitions=2)
    assert await reader.reads(SystemClock().now() + HOUR) == 0
