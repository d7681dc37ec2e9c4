"""Records go out as few batches, by key, in order; a failure is told once all writes have ended."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from orchestrator.errors import StreamError
from orchestrator.stream.outbox import Outbox
from orchestrator.stream.own_writes import Written
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.producer import KafkaSender
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.records import Record

Sent = tuple[str, int, BatchBuilder]


class Client:
    """Stands for aiokafka's producer: keeps the batches; the test acknowledges."""

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.sent: list[Sent] = []

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(self.batch_size, 0)

    async def send_batch(
        self, batch: BatchBuilder, topic: str, *, partition: int
    ) -> "asyncio.Future[Any]":
        self.sent.append((topic, partition, batch))
        return asyncio.get_running_loop().create_future()

    def stamps(self) -> list[int]:
        """The times that the batches' records bear."""
        return [
            next(iter(MemoryRecords(bytes(batch._build())).next_batch())).timestamp
            for _, _, batch in self.sent
        ]


class Producer:
    """Stands for a BatchProducer."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[tuple[int, list[Record]]] = []
        self.outbox = Outbox(self._write)

    async def partition_count(self, topic: str) -> int:
        return 5

    async def _write(self, _topic: str, partition: int, records: list[Record]) -> None:
        self.sent.append((partition, records))
        if self.error is not None:
            raise self.error


async def test_records_share_a_batch_while_they_fit() -> None:
    client = Client(batch_size=10_000)
    futures = await enqueue(client, "topic", 3, [Record(b"k", b"v" * 100) for _ in range(20)])
    assert len(futures) == 1
    assert [(topic, number, b.record_count()) for topic, number, b in client.sent] == [
        ("topic", 3, 20)
    ]


async def test_a_full_batch_is_followed_by_another_and_no_record_is_left_out() -> None:
    client = Client(batch_size=1_000)
    futures = await enqueue(client, "topic", 0, [Record(b"k", b"v" * 300) for _ in range(10)])
    assert len(futures) == len(client.sent) > 1
    assert sum(batch.record_count() for _, _, batch in client.sent) == 10


async def test_a_record_larger_than_a_batch_goes_alone() -> None:
    client = Client(batch_size=100)
    await enqueue(client, "topic", 0, [Record(b"k", b"v" * n) for n in (10, 500, 10)])
    assert [batch.record_count() for _, _, batch in client.sent] == [1, 1, 1]


async def test_what_kafka_acknowledges_is_told_with_its_place_before_the_writer_goes_on() -> None:
    client, told = Client(batch_size=1_000), list[Written]()
    records = [Record(b"k", b"%d" % n + b"v" * 300, (("h", b"1"),)) for n in range(10)]
    futures = await enqueue(client, "topic", 3, records, told.append)
    assert told == []
    for number, future in enumerate(futures):
        future.set_result(SimpleNamespace(offset=100 * number, timestamp=-1, timestamp_type=0))
    await acknowledged(futures)
    assert [each.first for each in told] == [100 * number for number in range(len(futures))]
    assert [record for each in told for record in each.records] == records
    read = told[1].as_read()[0]
    assert (read.topic, read.partition, read.offset) == ("topic", 3, 100)
    assert read.headers == (("h", b"1"),)
    assert read.timestamp == client.stamps()[1]


async def test_of_what_was_refused_or_stands_nobody_knows_where_nothing_is_told() -> None:
    client, told = Client(batch_size=100), list[Written]()
    records = [Record(b"k", b"v" * 100) for _ in range(3)]
    refused, lost, known = await enqueue(client, "topic", 3, records, told.append)
    refused.set_exception(KafkaTimeoutError())
    lost.cancel()
    known.set_result(SimpleNamespace(offset=-1, timestamp=-1, timestamp_type=0))
    await asyncio.gather(refused, lost, known, return_exceptions=True)
    assert told == []


async def test_where_kafka_stamps_by_its_own_clock_that_is_what_is_told() -> None:
    client, told = Client(batch_size=100), list[Written]()
    (future,) = await enqueue(client, "topic", 3, [Record(b"k", None)], told.append)
    future.set_result(SimpleNamespace(offset=7, timestamp=5, timestamp_type=1))
    await acknowledged([future])
    (read,) = told[0].as_read()
    assert (read.timestamp, read.timestamp_type, read.serialized_value_size) == (5, 1, -1)


async def test_nothing_to_write_is_no_batch() -> None:
    client = Client(batch_size=100)
    assert await enqueue(client, "topic", 0, []) == []
    assert client.sent == []


async def test_batches_are_closed_so_that_nobody_else_adds_to_them() -> None:
    client = Client(batch_size=1_000)
    await enqueue(client, "topic", 0, [Record(b"k", b"v")])
    assert all(batch.closed() for _, _, batch in client.sent)


async def test_the_sender_keeps_the_order_of_each_key_in_its_partition() -> None:
    producer = Producer()
    keys = [b"a", b"b", b"c", b"a", b"b", b"a"]
    await KafkaSender(producer).send(  # type: ignore[arg-type]
        "topic", [Record(key, b"%d" % number) for number, key in enumerate(keys)]
    )
    for partition, group in producer.sent:
        assert {partition_of(record.key or b"", 5) for record in group} == {partition}
        values = [int(record.value or b"") for record in group]
        assert values == sorted(values)
    assert sum(len(group) for _, group in producer.sent) == len(keys)


async def test_a_partition_that_is_named_is_taken() -> None:
    producer = Producer()
    await KafkaSender(producer).send("topic", [Record(b"a", b"")], partition=4)  # type: ignore[arg-type]
    assert [partition for partition, _ in producer.sent] == [4]


async def test_kafkas_refusal_is_a_stream_error_that_names_the_topic() -> None:
    sender = KafkaSender(Producer(KafkaTimeoutError()))  # type: ignore[arg-type]
    with pytest.raises(StreamError, match="did not take records for topic"):
        await sender.send("topic", [Record(b"a", b"")])


async def test_a_failure_is_told_when_every_write_has_ended() -> None:
    loop = asyncio.get_running_loop()
    failed: asyncio.Future[None] = loop.create_future()
    slow: asyncio.Future[None] = loop.create_future()
    failed.set_exception(KafkaTimeoutError())
    waiting = asyncio.ensure_future(acknowledged([failed, slow]))
    await asyncio.sleep(0)
    assert not waiting.done()
    slow.set_result(None)
    with pytest.raises(KafkaTimeoutError):
        await waiting
