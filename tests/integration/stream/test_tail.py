"""Following topics from outside the group, through whatever happens to the broker."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.tail import Tail
from tests.conftest import CreateTopic
from tests.integration.stream.workers import write
from tests.waiting import eventually


class Follower:
    """What was seen of each topic, in order of arrival."""

    def __init__(
        self,
        kafka: str,
        *,
        whole: Sequence[str] = (),
        news: Sequence[str] = (),
        partitions: int = 1,
    ) -> None:
        self.seen: dict[str, list[bytes | None]] = {topic: [] for topic in (*whole, *news)}
        self.tail = Tail(
            {"bootstrap_servers": kafka},
            partitions=partitions,
            whole=whole,
            news=news,
            on_records=self.take,
        )

    def take(self, topic: str, _partition: int, records: list[RawRecord]) -> None:
        self.seen[topic] += [record.value for record in records]

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        await asyncio.wait_for(self.tail.start(), 15)
        yield
        await self.tail.stop()


def values(start: int, end: int) -> list[bytes]:
    return [b"%d" % number for number in range(start, end)]


async def tell(kafka: str, topic: str, start: int, end: int, partitions: int = 1) -> None:
    await write(kafka, topic, [Record(value, value) for value in values(start, end)], partitions)


async def test_what_stood_there_has_been_seen_when_the_start_returns(
    kafka: str, create_topic: CreateTopic
) -> None:
    topic = await create_topic("figures", partitions=3, cleanup_policy="compact")
    await tell(kafka, topic, 0, 3_000, partitions=3)
    follower = Follower(kafka, whole=[topic], partitions=3)
    async with follower.following():
        assert sorted(filter(None, follower.seen[topic])) == sorted(values(0, 3_000))
        await tell(kafka, topic, 3_000, 3_100, partitions=3)
        await eventually(lambda: len(follower.seen[topic]) == 3_100)


async def test_of_news_only_what_comes_after_the_start_is_seen(
    kafka: str, create_topic: CreateTopic
) -> None:
    topic = await create_topic("decisions")
    await tell(kafka, topic, 0, 10)
    follower = Follower(kafka, news=[topic])
    async with follower.following():
        await tell(kafka, topic, 10, 13)
        await eventually(lambda: follower.seen[topic] == values(10, 13))


async def test_a_broker_that_is_killed_and_comes_back_is_followed_without_loss_or_repeat(
    own_kafka: EmbeddedKafka,
) -> None:
    kafka = own_kafka.bootstrap_servers
    plans = [TopicPlan(topic, 1, 1, {}) for topic in ("figures", "decisions", "quiet")]
    await ensure_topics({"bootstrap_servers": kafka}, plans)
    await tell(kafka, "figures", 0, 5)
    follower = Follower(kafka, whole=["figures"], news=["decisions", "quiet"])
    async with follower.following():
        await tell(kafka, "decisions", 0, 5)
        await eventually(lambda: follower.seen["decisions"] == values(0, 5))
        await asyncio.to_thread(own_kafka.kill)
        await asyncio.to_thread(own_kafka.start)
        for topic in follower.seen:
            await tell(kafka, topic, 5, 10)
        await eventually(lambda: len(follower.seen["quiet"]) == 5, within=30)
        await eventually(lambda: len(follower.seen["decisions"]) == 10, within=30)
        await eventually(lambda: len(follower.seen["figures"]) == 10, within=30)
    assert follower.seen["figures"] == follower.seen["decisions"] == values(0, 10)
    assert follower.seen["quiet"] == values(5, 10)


async def test_a_follower_that_fails_is_not_waited_for_in_vain(
    kafka: str, create_topic: CreateTopic
) -> None:
    topic = await create_topic("figures")
    await tell(kafka, topic, 0, 1)

    def fail(_topic: str, _partition: int, _records: list[RawRecord]) -> None:
        raise ValueError("not a figure")

    tail = Tail({"bootstrap_servers": kafka}, partitions=1, whole=[topic], news=[], on_records=fail)
    with pytest.raises(ValueError, match="not a figure"):
        await asyncio.wait_for(tail.start(), 10)
    await tail.stop()
