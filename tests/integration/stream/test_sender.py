"""The port by which other rooms write, on a real Kafka."""

from collections.abc import AsyncIterator

import pytest

from orchestrator.errors import StreamError
from orchestrator.stream.app import StreamApp
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.producer import KafkaSender
from orchestrator.stream.records import Record
from tests.conftest import CreateTopic, UniqueName
from tests.stream.oracle import read

PARTITIONS = 3


@pytest.fixture
async def sender(kafka: str, unique_name: UniqueName) -> AsyncIterator[KafkaSender]:
    app = StreamApp(unique_name("app"), bootstrap_servers=[kafka], web_enabled=False)
    await app.producer.start()
    yield app.sender
    await app.producer.stop()


async def test_each_key_is_in_its_partition_in_the_order_of_sending(
    kafka: str, sender: KafkaSender, create_topic: CreateTopic
) -> None:
    topic = await create_topic("events", partitions=PARTITIONS)
    keys = [b"learner-%d" % (number % 17) for number in range(2_000)]
    for start in range(0, len(keys), 250):
        chunk = enumerate(keys[start : start + 250], start)
        await sender.send(topic, [Record(key, b"%d" % number) for number, key in chunk])
    found = await read({"bootstrap_servers": kafka}, topic, PARTITIONS)
    assert sum(map(len, found.values())) == len(keys)
    for partition, records in found.items():
        assert {partition_of(record.key or b"", PARTITIONS) for record in records} == {partition}
        for key in {record.key for record in records}:
            numbers = [int(record.value or b"") for record in records if record.key == key]
            assert numbers == sorted(numbers)


async def test_headers_and_tombstones_arrive_as_they_were(
    kafka: str, sender: KafkaSender, create_topic: CreateTopic
) -> None:
    topic = await create_topic("letters", partitions=PARTITIONS)
    wrote = [Record(b"a", b"raw\xff", (("reason", b"x"), ("source", b""))), Record(b"b", None)]
    await sender.send(topic, wrote, partition=2)
    found = (await read({"bootstrap_servers": kafka}, topic, PARTITIONS))[2]
    assert [Record(r.key, r.value, r.headers) for r in found] == wrote


async def test_more_than_a_batch_holds_is_written_whole(
    kafka: str, sender: KafkaSender, create_topic: CreateTopic
) -> None:
    topic = await create_topic("events", max_message_bytes=str(2 * 1024 * 1024))
    await sender.send(topic, [Record(b"k", bytes(900_000)) for _ in range(5)])
    found = await read({"bootstrap_servers": kafka}, topic, 1)
    assert [len(record.value or b"") for record in found[0]] == [900_000] * 5


async def test_what_kafka_refuses_is_a_stream_error(
    sender: KafkaSender, create_topic: CreateTopic
) -> None:
    topic = await create_topic("events", max_message_bytes="1000")
    with pytest.raises(StreamError, match=f"did not take records for {topic}"):
        await sender.send(topic, [Record(b"k", bytes(5_000))])
    await sender.send(topic, [Record(b"k", bytes(500))])
