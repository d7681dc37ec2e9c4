"""What a worker has written itself it reads from memory, as it would from Kafka."""

import asyncio
import random

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from faust.types import StreamT

from orchestrator.guarantee import Guarantee
from orchestrator.stream import client_parts
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.own_writes import OwnRecord
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.restore import restore
from orchestrator.stream.runner import each_batch
from tests.conftest import UniqueName
from tests.integration.stream.workers import started
from tests.waiting import eventually

ROUNDS = 300


def as_bytes(record: RawRecord) -> tuple[object, ...]:
    return record.offset, record.key, record.value, record.headers, record.serialized_value_size


@pytest.mark.parametrize("guarantee", list(Guarantee))
async def test_own_writes_and_those_of_others_are_read_as_they_stand_in_kafka(
    kafka: str, unique_name: UniqueName, guarantee: Guarantee
) -> None:
    client_parts.use_ours()
    topic = unique_name("own")
    await ensure_topics(
        {"bootstrap_servers": kafka}, [TopicPlan(topic, 1, 1, {"cleanup.policy": "delete"}, "")]
    )
    app = StreamApp(topic, bootstrap_servers=[kafka], guarantee=guarantee, web_enabled=False)
    read: list[RawRecord] = []

    async def take(batch: Batch) -> None:
        read.extend(batch.records)

    @app.agent(app.source(topic))
    async def reader(stream: StreamT[Batch]) -> None:
        await each_batch(stream, take)

    others = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await others.start()
    try:
        async with started(app):
            await eventually(app.is_open, within=30.0)
            await write(app, others, topic)
            written = await log_of(kafka, topic)
            await eventually(lambda: len(read) >= len(written), within=20.0)
    finally:
        await others.stop()
    assert [as_bytes(record) for record in read] == [as_bytes(record) for record in written]
    assert any(isinstance(record, OwnRecord) for record in read)
    assert not all(isinstance(record, OwnRecord) for record in read)


async def write(app: StreamApp, others: AIOKafkaProducer, topic: str) -> None:
    """Alone for a while, then beside others, then alone again; several writes at a time."""
    rng = random.Random(7)
    for number in range(ROUNDS):
        value = b"%d" % number
        own = [Record(b"own", value + b".%d" % n, (("h", value),)) for n in range(3)]
        writes = [app.writer.write(0, {topic: own}), app.sender.send(topic, own, partition=0)]
        if ROUNDS / 3 < number < 2 * ROUNDS / 3 and rng.random() < 0.5:
            writes.append(others.send_and_wait(topic, value, key=b"other", partition=0))
        await asyncio.gather(*rng.sample(writes, len(writes)))


async def log_of(kafka: str, topic: str) -> list[RawRecord]:
    found: list[RawRecord] = []

    def collect(_topic: str, _partition: int, records: list[RawRecord]) -> None:
        found.extend(records)

    await restore({"bootstrap_servers": kafka}, [TopicPartition(topic, 0)], collect)
    return found
