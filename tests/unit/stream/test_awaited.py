"""At least once: steps in order, and a partition that has another owner. Kafka is in memory."""

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced

from orchestrator.errors import OwnershipLost
from orchestrator.stream.awaited import AwaitedWriter
from orchestrator.stream.records import Record
from tests.unit.stream.owners_producer import FakeProducer, Member

A, B = Record(b"k", b"a"), Record(b"k", b"b")


class House:
    """A writer, the producers that it is given, and its owner."""

    def __init__(self, *producers: FakeProducer) -> None:
        self.producers = list(producers) or [FakeProducer()]
        self.member = Member()
        coming = iter(self.producers)
        self.writer = AwaitedWriter(lambda: next(coming))
        self.writer.attach(self.member)


async def test_a_step_is_written_once_the_one_before_it_is() -> None:
    house = House()
    await house.writer.own([0], fresh=[0])
    await house.writer.write(0, {"actions": [A]}, {"state": [B], "figures": [A]})
    assert house.producers[0].written == [
        (0, {"actions": [A]}),
        (0, {"state": [B], "figures": [A]}),
    ]


async def test_only_what_is_fresh_is_taken_over() -> None:
    house = House()
    await house.writer.own([0, 1], fresh=[1, 0])
    await house.writer.own([0, 1, 2], fresh=[2])
    assert sorted(house.producers[0].taken_over[:2]) == [0, 1]
    assert house.producers[0].taken_over[2:] == [2]
    assert all(house.writer.intact(number) for number in range(3))


async def test_what_is_not_owned_is_not_written() -> None:
    house = House()
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
    await house.writer.own([0, 1], fresh=[0, 1])
    await house.writer.own([1], fresh=[])
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
    assert not house.writer.intact(0)
    assert house.producers[0].written == []


async def test_who_is_fenced_tells_its_owner_once_and_tries_no_further_step() -> None:
    house = House()
    await house.writer.own([0, 1], fresh=[0, 1])
    house.producers[0].failure = ProducerFenced()
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]}, {"y": [A]})
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
    assert house.member.lost_partitions == [0]
    assert (house.writer.intact(0), house.writer.intact(1)) == (False, True)
    assert house.producers[0].written == []


async def test_a_failure_of_another_kind_is_raised_and_may_be_tried_again() -> None:
    house = House()
    await house.writer.own([0], fresh=[0])
    house.producers[0].failure = KafkaError("no")
    with pytest.raises(KafkaError):
        await house.writer.write(0, {"x": [A]})
    await house.writer.write(0, {"x": [B]})
    assert house.producers[0].written == [(0, {"x": [B]})]


async def test_kafka_is_waited_for() -> None:
    absent, there = FakeProducer(KafkaConnectionError()), FakeProducer()
    house = House(absent, there)
    await house.writer.own([0], fresh=[0])
    assert absent.stopped
    assert there.taken_over == [0]


async def test_a_producer_that_cannot_start_is_stopped_and_the_reason_raised() -> None:
    house = House(FakeProducer(KafkaError("never")))
    with pytest.raises(KafkaError, match="never"):
        await house.writer.own([0], fresh=[0])
    assert house.producers[0].stopped


async def test_a_number_that_could_not_be_taken_over_is_not_owned() -> None:
    house = House()
    await house.writer.own([0], fresh=[0])
    house.producers[0].failure = KafkaError("no")
    with pytest.raises(KafkaError):
        await house.writer.own([0, 1], fresh=[0, 1])
    assert not house.writer.intact(0)


async def test_who_is_refused_while_it_takes_over_tells_its_owner() -> None:
    house = House()
    await house.writer.own([0], fresh=[0])
    house.producers[0].failure = ProducerFenced()
    with pytest.raises(OwnershipLost):
        await house.writer.own([0, 1], fresh=[1])
    assert house.member.lost_partitions == [1]
    assert (house.writer.intact(0), house.writer.intact(1)) == (True, False)


async def test_after_its_stop_nothing_is_written() -> None:
    house = House()
    await house.writer.own([0], fresh=[0])
    house.producers[0].failure = KafkaError("the network is gone")
    await house.writer.stop()
    assert house.producers[0].stopped
    with pytest.raises(OwnershipLost):
        await house.writer.write(0, {"x": [A]})
