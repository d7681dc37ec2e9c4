"""Transactions of one partition number: grouped, fenced, torn. Kafka's producer is in memory."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
)
from faust.types import TP

from orchestrator.errors import OwnershipLost
from orchestrator.stream.own_writes import Written
from orchestrator.stream.records import Record
from orchestrator.stream.transactions import TransactionalWriter
from orchestrator.stream.writing import Done
from tests.waiting import eventually

A, B = Record(b"k", b"a"), Record(b"k", b"b")


class Group:
    """What a transaction held: values by topic, offsets."""

    def __init__(self) -> None:
        self.values: dict[str, list[bytes]] = {}
        self.offsets: dict[TopicPartition, int] = {}


class Said(NamedTuple):
    """What the client says of a record, and Kafka of a batch."""

    offset: int
    timestamp: int = 1
    timestamp_type: int = 0


class KafkaBatch:
    """A batch that takes whatever comes."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, value: bytes, **_: Any) -> Said:
        self.values.append(value)
        return Said(-1)

    def record_count(self) -> int:
        return len(self.values)

    def close(self) -> None:
        pass


class FakeProducer:
    """A transactional producer; `failure` is raised by the next commit, `gate` holds it up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started = self.stopped = False
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.committed: list[Group] = []
        self._open: Group | None = None

    async def start(self) -> None:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        self.started = True

    async def stop(self) -> None:
        self.stopped = True

    def give_up(self) -> None:
        pass

    async def begin_transaction(self) -> None:
        assert self._open is None, "one at a time"
        self._open = Group()

    def create_batch(self) -> KafkaBatch:
        return KafkaBatch()

    async def send_batch(
        self, batch: KafkaBatch, topic: str, *, partition: int
    ) -> "asyncio.Future[Said]":
        assert self._open is not None
        self._open.values.setdefault(topic, []).extend(batch.values)
        future: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        future.set_result(Said(100))
        return future

    async def send_offsets_to_transaction(
        self, offsets: Mapping[TopicPartition, int], group: str
    ) -> None:
        assert self._open is not None
        assert group == "app"
        self._open.offsets.update(offsets)

    async def commit_transaction(self) -> None:
        await self.gate.wait()
        assert self._open is not None
        if self.failure is not None:
            raise self.failure
        self.committed.append(self._open)
        self._open = None


class Member:
    """The owner that is told."""

    def __init__(self) -> None:
        self.offsets: dict[TP, int] = {}
        self.lost_partitions: list[int] = []

    def committed(self, tp: TP, next_offset: int) -> None:
        self.offsets[tp] = next_offset

    def lost(self, partition: int, _reason: BaseException) -> None:
        self.lost_partitions.append(partition)


class House:
    """A writer, the producers that it made, and its owner."""

    def __init__(self) -> None:
        self.made: list[FakeProducer] = []
        self.failing_starts: list[Exception] = []
        self.member = Member()
        self.own_writes: list[Written] = []
        self.writer = TransactionalWriter(self._new, "app", self.own_writes.append)
        self.writer.attach(self.member)

    def _new(self, name: str) -> Any:
        producer = FakeProducer(name)
        producer.failure = self.failing_starts.pop(0) if self.failing_starts else None
        self.made.append(producer)
        return producer


@pytest.fixture
async def house() -> House:
    house = House()
    await house.writer.own([0], fresh=[0])
    return house


async def test_all_steps_and_the_offset_are_one_transaction(house: House) -> None:
    await house.writer.write(0, {"actions": [A]}, {"state": [B]}, done=Done("events", 7))
    (group,) = house.made[0].committed
    assert group.values == {"actions": [b"a"], "state": [b"b"]}
    assert group.offsets == {TopicPartition("events", 0): 7}
    assert house.member.offsets == {TP("events", 0): 7}


async def test_readers_here_are_told_of_what_was_written_once_it_is_committed(house: House) -> None:
    house.made[0].gate.clear()
    writing = asyncio.create_task(house.writer.write(0, {"actions": [A]}, {"state": [B]}))
    await eventually(lambda: house.made[0]._open is not None)
    await asyncio.sleep(0.01)
    assert house.own_writes == []
    house.made[0].gate.set()
    await writing
    assert [(own.topic, own.records) for own in house.own_writes] == [
        ("actions", [A]),
        ("state", [B]),
    ]
    assert all(own.in_transaction and own.first == 100 for own in house.own_writes)


async def test_of_what_was_not_committed_no_reader_is_told(house: House) -> None:
    house.made[0].failure = ProducerFenced()
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
    assert house.own_writes == []


async def test_what_comes_while_one_is_under_way_goes_into_the_next_together(house: House) -> None:
    producer = house.made[0]
    producer.gate.clear()
    first = asyncio.create_task(house.writer.write(0, {"x": [A]}))
    await eventually(lambda: producer._open is not None)
    later = [
        asyncio.create_task(house.writer.write(0, {"x": [A]}, done=Done("events", 1))),
        asyncio.create_task(house.writer.write(0, {"x": [B]}, done=Done("outcomes", 2))),
    ]
    await asyncio.sleep(0)
    assert not house.writer.intact(0)
    producer.gate.set()
    await asyncio.gather(first, *later)
    assert [group.values for group in producer.committed] == [{"x": [b"a"]}, {"x": [b"a", b"b"]}]
    assert len(producer.committed[1].offsets) == 2
    await eventually(lambda: house.writer.intact(0))


@pytest.mark.parametrize("failure", [ProducerFenced(), KafkaConnectionError("closed")])
async def test_who_is_fenced_or_broken_gives_the_partition_up_and_says_so_once(
    house: House, failure: KafkaError
) -> None:
    house.made[0].failure = failure
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]}, done=Done("events", 1))
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
    assert house.member.lost_partitions == [0]
    assert house.member.offsets == {}
    assert not house.writer.intact(0)


async def test_an_error_that_the_client_wrapped_counts_like_the_one_inside(house: House) -> None:
    wrapped = KafkaError("Unexpected error during batch delivery")
    wrapped.__cause__ = ProducerFenced()
    house.made[0].failure = wrapped
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})


async def test_what_kafka_refuses_for_good_is_the_callers_to_raise(house: House) -> None:
    house.made[0].failure = MessageSizeTooLargeError()
    with pytest.raises(MessageSizeTooLargeError):
        await house.writer.write(0, {"x": [A]})
    assert house.member.lost_partitions == []
    assert not house.writer.intact(0)


async def test_a_caller_that_was_cancelled_leaves_a_partition_that_must_be_restored(
    house: House,
) -> None:
    producer = house.made[0]
    producer.gate.clear()
    writing = asyncio.create_task(house.writer.write(0, {"x": [A]}, done=Done("events", 1)))
    await eventually(lambda: producer._open is not None)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    producer.gate.set()
    await eventually(lambda: len(producer.committed) == 1)
    assert not house.writer.intact(0)
    assert house.member.offsets == {}, "its rows are not in the table here"


async def test_a_caller_that_was_cancelled_before_its_turn_leaves_nothing(house: House) -> None:
    producer = house.made[0]
    producer.gate.clear()
    first = asyncio.create_task(house.writer.write(0, {"x": [A]}))
    await eventually(lambda: producer._open is not None)
    second = asyncio.create_task(house.writer.write(0, {"x": [B]}))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    producer.gate.set()
    await first
    await eventually(lambda: house.writer.intact(0))
    assert [group.values for group in producer.committed] == [{"x": [b"a"]}]


async def test_kept_partitions_keep_their_producer_and_others_end_it(house: House) -> None:
    await house.writer.own([0, 1], fresh=[1])
    assert [producer.name for producer in house.made] == ["app-0", "app-1"]
    await house.writer.own([1], fresh=[])
    assert [producer.stopped for producer in house.made] == [True, False]
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
    await house.writer.stop()
    assert house.made[1].stopped


async def test_who_takes_over_anew_fences_even_its_own_former_producer(house: House) -> None:
    house.made[0].failure = ProducerFenced()
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
    await house.writer.own([0], fresh=[0])
    await house.writer.write(0, {"x": [B]})
    assert house.made[0].stopped
    assert [group.values for group in house.made[1].committed] == [{"x": [b"b"]}]


async def test_an_error_at_the_start_that_will_not_pass_is_raised() -> None:
    house = House()
    house.failing_starts = [KafkaError("TransactionalIdAuthorizationFailed")]
    with pytest.raises(KafkaError):
        await house.writer.own([0], fresh=[0])
    assert house.made[0].stopped
