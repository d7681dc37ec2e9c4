"""A worker as a process: failures, SIGTERM under load, expired offsets, bounded memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from orchestrator.stream.records import Record
from tests.conftest import UniqueName
from tests.integration.stream.workers import committed, counted, make_topics, toy, write
from tests.stream.oracle import Verdict, judge
from tests.waiting import eventually

STOPS_WITHIN_S = 10.0
STARTS_WITHIN_S = 30.0


def events(start: int, end: int, size: int = 0) -> list[Record]:
    """Records of 50 keys, each value of its own."""
    return [Record(b"key-%d" % (n % 50), b"e%d" % n + bytes(size)) for n in range(start, end)]


async def verdict(kafka: str, prefix: str, partitions: int) -> Verdict:
    return await judge({"bootstrap_servers": kafka}, prefix, partitions)


async def test_a_record_whose_handler_fails_is_not_committed_and_read_again(
    kafka: str, tmp_path: Path, unique_name: UniqueName
) -> None:
    prefix = unique_name("toy")
    topics = await make_topics(kafka, prefix, partitions=1)
    await write(kafka, topics.source, events(0, 10))
    with toy(prefix, kafka, tmp_path, TOY_FAILS_ON="e7") as worker:
        assert await asyncio.to_thread(worker.code, STARTS_WITHIN_S) == 1
        assert "the worker cannot go on: told to fail on b'e7'" in worker.said()
    assert (await committed(kafka, prefix)).get(TopicPartition(topics.source, 0), 0) < 8
    with toy(prefix, kafka, tmp_path) as worker:
        await eventually(lambda: all_done(kafka, prefix, 10), within=STARTS_WITHIN_S)
        worker.terminate()
        assert await asyncio.to_thread(worker.code, STOPS_WITHIN_S) == 0
    assert (await verdict(kafka, prefix, 1)).holds


async def all_done(kafka: str, prefix: str, count: int, partitions: int = 1) -> bool:
    topics = await make_topics(kafka, prefix, partitions)
    return await counted(kafka, topics, partitions) == count


async def test_a_worker_told_to_stop_under_load_stops_in_time_and_nothing_is_done_twice(
    kafka: str, tmp_path: Path, unique_name: UniqueName
) -> None:
    prefix, partitions = unique_name("toy"), 3
    topics = await make_topics(kafka, prefix, partitions)
    async with load(kafka, topics.source, partitions):
        for _ in range(2):
            before = await counted(kafka, topics, partitions)
            with toy(prefix, kafka, tmp_path) as worker:
                more = partial(more_than, kafka, prefix, before + 100, partitions)
                await eventually(more, within=STARTS_WITHIN_S)
                worker.terminate()
                assert await asyncio.to_thread(worker.code, STOPS_WITHIN_S) == 0
    found = await verdict(kafka, prefix, partitions)
    with toy(prefix, kafka, tmp_path) as worker:
        done = partial(all_done, kafka, prefix, found.events, partitions)
        await eventually(done, within=STARTS_WITHIN_S)
        worker.terminate()
        assert await asyncio.to_thread(worker.code, STOPS_WITHIN_S) == 0
    found = await verdict(kafka, prefix, partitions)
    assert found.holds
    assert found.repeated == 0


@asynccontextmanager
async def load(kafka: str, topic: str, partitions: int) -> AsyncIterator[None]:
    """Some hundred records after another are written meanwhile."""

    async def loading() -> None:
        start = 0
        while not enough.is_set():
            await write(kafka, topic, events(start, start + 300), partitions)
            start += 300

    enough = asyncio.Event()
    task = asyncio.create_task(loading())
    try:
        yield
    finally:
        enough.set()
        await task


async def more_than(kafka: str, prefix: str, count: int, partitions: int) -> bool:
    topics = await make_topics(kafka, prefix, partitions)
    return await counted(kafka, topics, partitions) > count


async def test_an_offset_that_expired_while_nobody_ran_stops_the_worker_with_the_remedy(
    kafka: str, tmp_path: Path, unique_name: UniqueName
) -> None:
    prefix = unique_name("toy")
    topics = await make_topics(kafka, prefix, partitions=1)
    await write(kafka, topics.source, events(0, 10))
    with toy(prefix, kafka, tmp_path) as worker:
        await eventually(lambda: all_done(kafka, prefix, 10), within=STARTS_WITHIN_S)
        worker.terminate()
        assert await asyncio.to_thread(worker.code, STOPS_WITHIN_S) == 0
    await write(kafka, topics.source, events(10, 20))
    await delete_before(kafka, TopicPartition(topics.source, 0), 15)
    with toy(prefix, kafka, tmp_path) as worker:
        assert await asyncio.to_thread(worker.code, STARTS_WITHIN_S) == 1
        said = worker.said()
    assert "the worker cannot go on: " in said
    assert "the committed offset 10 is gone, the log begins at 15 now" in said
    assert "5 records were deleted unread" in said
    assert f"--delete-offsets --topic {topics.source}:0" in said
    assert await all_done(kafka, prefix, 10)


async def delete_before(kafka: str, tp: TopicPartition, offset: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_records({tp: RecordsToDelete(offset)})
    await admin.close()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc for the memory")
async def test_while_the_work_is_held_up_a_backlog_stays_in_kafka(
    kafka: str, tmp_path: Path, unique_name: UniqueName
) -> None:
    """200,000 records of 1 KiB wait: 200 MiB and more, were they all fetched."""
    prefix = unique_name("toy")
    topics = await make_topics(kafka, prefix, partitions=1)
    await write(kafka, topics.source, events(0, 1))
    with toy(prefix, kafka, tmp_path, TOY_WAITS_ON="e0") as worker:
        await eventually(lambda: "waiting on b'e0'" in worker.said(), within=STARTS_WITHIN_S)
        before = worker.resident_mib()
        most = before
        for start in range(1, 200_001, 20_000):
            await write(kafka, topics.source, events(start, start + 20_000, size=1_000))
            most = max(most, worker.resident_mib())
        for _ in range(20):  # two polls and more: what could still come has come
            await asyncio.sleep(0.1)
            most = max(most, worker.resident_mib())
        assert most - before < 60
        assert "cannot go on" not in worker.said()
