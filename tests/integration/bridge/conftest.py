"""A bridge on a real Redis, writing to a fake Kafka."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.redis_stream import GROUP
from orchestrator.clock import SystemClock
from tests.integration.bridge.fake_sender import FakeSender
from tests.product.envelopes import Entry, envelope

NewBridge = Callable[..., Bridge]


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 15.0) -> None:
    """Wait until `condition` holds; TimeoutError if it does not in time."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.01)


class Stream:
    """One stream as its producers and an operator see it."""

    def __init__(self, client: Redis, name: str) -> None:
        self.client = client
        self.name = name

    async def add(self, *entries: Entry) -> list[str]:
        """XADD each; the entries' ids."""
        pipe = self.client.pipeline(transaction=False)
        for fields in entries:
            pipe.xadd(self.name, dict(fields.items()))
        return [entry_id.decode() for entry_id in await pipe.execute()]

    async def add_numbered(self, first: int, last: int, learners: int = 7) -> list[str]:
        """XADD good entries; their event ids, "e-<first>" up to "e-<last>"."""
        numbers = range(first, last + 1)
        await self.add(*(envelope(f"e-{n}", f"l-{n % learners}") for n in numbers))
        return [f"e-{n}" for n in numbers]

    async def given_to(self, consumer: str, count: int = 1_000) -> list[str]:
        """Let a consumer of the group read new entries and not acknowledge them; their ids."""
        answer: Any = await self.client.xreadgroup(GROUP, consumer, {self.name: ">"}, count=count)
        return [entry_id.decode() for _, entries in answer for entry_id, _ in entries]

    async def pending(self) -> int:
        """Entries that were given out and not acknowledged."""
        return int((await self.client.xpending(self.name, GROUP))["pending"])

    async def settled(self) -> None:
        """Wait until every entry was given out and acknowledged."""

        async def is_settled() -> bool:
            groups = await self.client.xinfo_groups(self.name)
            return bool(groups) and groups[0]["pending"] == 0 and groups[0]["lag"] == 0

        await until(is_settled)

    async def waited_for_by_nobody(self) -> None:
        """Wait until Redis has noticed that a reader has hung up: it would give it what comes."""

        async def is_so() -> bool:
            return bool((await self.client.info("clients"))["blocked_clients"] == 0)

        await until(is_so)


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@pytest.fixture
async def new_bridge(sender: FakeSender) -> AsyncIterator[NewBridge]:
    """Makes bridges that write to `sender`, and stops them."""
    bridges: list[Bridge] = []

    def new(url: str, *streams: str, **options: Any) -> Bridge:
        bridge = Bridge(
            redis_url=url, streams=streams, sender=sender, clock=SystemClock(), **options
        )
        bridges.append(bridge)
        return bridge

    yield new
    sender.failing = False
    sender.answers.set()
    await asyncio.gather(*(bridge.stop() for bridge in bridges))


@pytest.fixture
async def stream(redis_url: str, unique_name: Callable[[str], str]) -> AsyncIterator[Stream]:
    """A stream of the test's own on the common Redis."""
    client = Redis.from_url(redis_url)
    name = unique_name("events")
    yield Stream(client, name)
    await client.delete(name)
    await client.aclose()


@pytest.fixture
async def bridge(new_bridge: NewBridge, redis_url: str, stream: Stream) -> Bridge:
    """A bridge of one lane, not yet started."""
    return new_bridge(redis_url, stream.name)
