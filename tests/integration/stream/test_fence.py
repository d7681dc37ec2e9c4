"""At least once: whoever takes a partition over ends its former owners, on a real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka.errors import KafkaError

from orchestrator.errors import OwnershipLost
from orchestrator.stream.app import StreamApp
from orchestrator.stream.awaited import AwaitedWriter
from orchestrator.stream.epochs import MARK_EVERY_S, EpochProducer
from orchestrator.stream.fence import FENCED
from orchestrator.stream.records import Record
from tests.conftest import CreateTopic, UniqueName
from tests.stream.oracle import read
from tests.unit.stream.owners_producer import Member

NewProducer = Callable[[], EpochProducer]
Values = Callable[[], Coroutine[Any, Any, list[bytes | None]]]


@pytest.fixture
async def topic(create_topic: CreateTopic) -> str:
    return await create_topic("changelog", partitions=3)


@pytest.fixture
async def values(kafka: str, topic: str) -> Values:
    async def read_values() -> list[bytes | None]:
        found = await read({"bootstrap_servers": kafka}, topic, 3)
        return [record.value for record in found[0]]

    return read_values


@pytest.fixture
def new_producer(kafka: str, topic: str, unique_name: UniqueName) -> NewProducer:
    name = unique_name("app")
    app = StreamApp(name, bootstrap_servers=[kafka], web_enabled=False)
    return lambda: app.batch_producer.epochs(name, [topic])


@asynccontextmanager
async def worker(new_producer: NewProducer) -> AsyncIterator[tuple[AwaitedWriter, Member]]:
    writer, member = AwaitedWriter(new_producer), Member()
    writer.attach(member)
    yield writer, member
    await writer.stop()


@pytest.fixture
async def producers(
    new_producer: NewProducer,
) -> AsyncIterator[tuple[EpochProducer, EpochProducer]]:
    """Two, of which the first has taken partition 0 over."""
    producer, other = new_producer(), new_producer()
    await producer.start()
    await other.start()
    await producer.take_over(0)
    yield producer, other
    await producer.stop()
    await other.stop()


def row(value: bytes) -> list[Record]:
    return [Record(b"learner", value)]


async def test_a_former_owner_writes_no_more_and_is_told_so(
    topic: str, new_producer: NewProducer, values: Values
) -> None:
    async with worker(new_producer) as (first, told), worker(new_producer) as (second, _):
        await first.own([0, 1], fresh=[0, 1])
        await first.write(0, {topic: row(b"1")})
        await second.own([0], fresh=[0])
        with pytest.raises(OwnershipLost):
            await first.write(0, {topic: row(b"late")})
        assert told.lost_partitions == [0]
        assert (first.intact(0), first.intact(1)) == (False, True)
        await first.write(1, {topic: row(b"still its own")})
        await second.write(0, {topic: row(b"2")})
        await first.own([0, 1], fresh=[0])
        with pytest.raises(OwnershipLost):
            await second.write(0, {topic: row(b"late")})
        await first.write(0, {topic: row(b"3")})
        assert await values() == [b"1", b"2", b"3"]


async def test_a_new_owner_that_has_written_nothing_yet_fences_too(
    topic: str, new_producer: NewProducer, values: Values
) -> None:
    async with worker(new_producer) as (first, _), worker(new_producer) as (second, _):
        await first.own([0], fresh=[0])
        await second.own([0], fresh=[0])
        with pytest.raises(OwnershipLost):
            await first.write(0, {topic: row(b"late")})
        assert await values() == []


async def test_steps_after_the_one_that_was_refused_are_not_tried(
    topic: str, new_producer: NewProducer, create_topic: CreateTopic, kafka: str
) -> None:
    other = await create_topic("outcomes", partitions=3)
    async with worker(new_producer) as (first, _), worker(new_producer) as (second, _):
        await first.own([0], fresh=[0])
        await second.own([0], fresh=[0])
        with pytest.raises(OwnershipLost):
            await first.write(0, {topic: row(b"late")}, {other: row(b"late")})
        assert not any((await read({"bootstrap_servers": kafka}, other, 3)).values())


async def test_what_was_left_behind_is_not_sent_under_the_next_ownership(
    topic: str, producers: tuple[EpochProducer, EpochProducer], values: Values
) -> None:
    producer, other = producers
    await producer.write(0, {topic: row(b"first")})
    following = await other._fence.put_up(0)
    left = asyncio.create_task(producer.write(0, {topic: row(b"left")}))
    await asyncio.sleep(0)  # it waits to be sent
    producer._numbers.stamp(0, following)
    with pytest.raises(FENCED):
        await left
    await producer.write(0, {topic: row(b"next")})
    assert await values() == [b"first", b"next"]


async def test_many_numbers_go_in_one_request_each_under_its_own_epoch(
    kafka: str, topic: str, new_producer: NewProducer
) -> None:
    async with worker(new_producer) as (writer, _):
        await writer.own([0, 1, 2], fresh=[0, 1, 2])
        await writer.own([0, 1, 2], fresh=[1])
        for turn in range(20):
            value = row(b"%d" % turn)
            await asyncio.gather(*(writer.write(number, {topic: value}) for number in range(3)))
    found = await read({"bootstrap_servers": kafka}, topic, 3)
    assert all([int(r.value or b"") for r in found[n]] == list(range(20)) for n in range(3))


async def test_an_owner_keeps_its_transactional_id_alive_unless_it_is_anothers(
    topic: str, producers: tuple[EpochProducer, EpochProducer], values: Values
) -> None:
    producer, other = producers
    producer._marked_at[0] -= MARK_EVERY_S + 1
    await producer.write(0, {topic: row(b"1")})
    await other.take_over(0)
    producer._marked_at[0] -= MARK_EVERY_S + 1
    with pytest.raises(FENCED):
        await producer.write(0, {topic: row(b"late")})
    assert await values() == [b"1"]


async def test_a_refusal_of_another_kind_is_raised_as_it_is(
    topic: str, new_producer: NewProducer
) -> None:
    async with worker(new_producer) as (writer, member):
        await writer.own([0], fresh=[0])
        with pytest.raises(KafkaError):
            await writer.write(0, {topic: row(bytes(3_000_000))})
        assert member.lost_partitions == []
