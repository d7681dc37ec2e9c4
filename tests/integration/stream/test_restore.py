"""Reading a changelog to its end on a real Kafka, whatever holes it has."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaConnectionError

from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.restore import restore
from tests.conftest import CreateTopic, UniqueName
from tests.integration.stream.workers import write
from tests.waiting import eventually

WITHIN_S = 15.0


async def restored(kafka: str, *tps: TopicPartition) -> list[RawRecord]:
    found: list[RawRecord] = []
    settings = {"bootstrap_servers": kafka}
    reading = restore(settings, tps, lambda _topic, _number, records: found.extend(records))
    count = await asyncio.wait_for(reading, WITHIN_S)
    assert count == len(found)
    return found


@asynccontextmanager
async def transactional(kafka: str, name: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=name)
    await producer.start()
    yield producer
    await producer.stop()


async def test_an_empty_changelog_is_read_at_once(kafka: str, create_topic: CreateTopic) -> None:
    topic = await create_topic("changelog", cleanup_policy="compact")
    assert await restored(kafka, TopicPartition(topic, 0)) == []


async def test_every_record_and_tombstone_comes_in_order(
    kafka: str, create_topic: CreateTopic
) -> None:
    topic = await create_topic("changelog", partitions=2, cleanup_policy="compact")
    wrote = [Record(b"k%d" % (n % 7), b"v%d" % n if n % 5 else None) for n in range(5_000)]
    await write(kafka, topic, wrote, partitions=2)
    found = await restored(kafka, TopicPartition(topic, 0), TopicPartition(topic, 1))
    for key in {record.key for record in wrote}:
        expected = [record.value for record in wrote if record.key == key]
        assert [record.value for record in found if record.key == key] == expected


async def test_aborted_records_are_left_out_and_markers_are_stepped_over(
    kafka: str, create_topic: CreateTopic, unique_name: UniqueName
) -> None:
    topic = await create_topic("changelog", cleanup_policy="compact")
    async with transactional(kafka, unique_name("writer")) as producer:
        async with producer.transaction():
            await producer.send(topic, key=b"a", value=b"kept", partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, key=b"a", value=b"aborted", partition=0)
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send(topic, key=b"b", value=b"kept too", partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, key=b"b", value=b"aborted at the end", partition=0)
        await producer.abort_transaction()
    found = await restored(kafka, TopicPartition(topic, 0))
    assert [record.value for record in found] == [b"kept", b"kept too"]


async def test_a_transaction_that_is_still_open_is_not_waited_for(
    kafka: str, create_topic: CreateTopic, unique_name: UniqueName
) -> None:
    topic = await create_topic("changelog", cleanup_policy="compact")
    await write(kafka, topic, [Record(b"a", b"before")])
    async with transactional(kafka, unique_name("writer")) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, key=b"a", value=b"open", partition=0)
        found = await restored(kafka, TopicPartition(topic, 0))
        await producer.commit_transaction()
    assert [record.value for record in found] == [b"before"]


async def test_a_log_whose_beginning_was_deleted_is_read_from_where_it_begins(
    kafka: str, create_topic: CreateTopic
) -> None:
    topic = await create_topic("changelog")
    tp = TopicPartition(topic, 0)
    await write(kafka, topic, [Record(b"k", b"%d" % number) for number in range(10)])
    await delete_before(kafka, tp, 7)
    assert [record.offset for record in await restored(kafka, tp)] == [7, 8, 9]
    await delete_before(kafka, tp, 10)
    assert await restored(kafka, tp) == []


async def delete_before(kafka: str, tp: TopicPartition, offset: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_records({tp: RecordsToDelete(offset)})
    await admin.close()


async def test_holes_of_compaction_are_stepped_over(kafka: str, create_topic: CreateTopic) -> None:
    """Kafka's cleaner comes by every 15 s; the segment that is written to is never cleaned."""
    topic = await create_topic(
        "changelog",
        cleanup_policy="compact",
        segment_ms="100",
        min_cleanable_dirty_ratio="0.0",
        delete_retention_ms="0",
    )
    tp = TopicPartition(topic, 0)
    await write(kafka, topic, [Record(b"k%d" % (n % 3), b"old %d" % n) for n in range(300)])

    async def cleaned() -> bool:
        await write(kafka, topic, [Record(b"gone", None), Record(b"last", b"last")])
        found = await restored(kafka, tp)
        assert found[-1].value == b"last"
        return sum(record.key == b"k0" for record in found) == 1

    await eventually(cleaned, within=60)


async def test_a_broker_that_is_not_there_is_said_and_nothing_is_left_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(KafkaConnectionError):
        await restored("127.0.0.1:9", TopicPartition("changelog", 0))
    gc.collect()
    assert "Unclosed" not in caplog.text
