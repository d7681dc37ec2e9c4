"""Partitions that are owned without being read, by workers in this very loop."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from orchestrator.stream.app import StreamApp
from tests.conftest import CreateTopic, UniqueName
from tests.integration.stream.workers import started
from tests.waiting import eventually

LANES = 4
SESSION_S = 2.0


class Books:
    """Who holds which lane; a lane held by two at once is a fault."""

    def __init__(self) -> None:
        self.holders: dict[int, list[str]] = {lane: [] for lane in range(LANES)}
        self.shared: list[tuple[int, list[str]]] = []

    def held_by(self, name: str) -> set[int]:
        return {lane for lane, holders in self.holders.items() if name in holders}

    def all_held_once(self) -> bool:
        return all(len(holders) == 1 for holders in self.holders.values())


class LaneClaim:
    """A worker's lanes; each takes `ending_s` to end."""

    def __init__(self, name: str, books: Books, ending_s: float = 0.0) -> None:
        self.name, self.books, self.ending_s = name, books, ending_s

    async def acquire(self, partition: int) -> None:
        holders = self.books.holders[partition]
        holders.append(self.name)
        if len(holders) > 1:
            self.books.shared.append((partition, list(holders)))

    async def release(self, partition: int) -> None:
        await asyncio.sleep(self.ending_s)
        self.books.holders[partition].remove(self.name)


class House:
    """Workers of one group that claim lanes and read a topic of their own."""

    def __init__(self, kafka: str, group: str, lanes: str, events: str) -> None:
        self.kafka, self.group, self.lanes, self.events = kafka, group, lanes, events
        self.books = Books()

    def worker(self, name: str, ending_s: float = 0.0) -> StreamApp:
        app = StreamApp(
            self.group,
            bootstrap_servers=[self.kafka],
            session_timeout_s=SESSION_S,
            web_enabled=False,
        )
        app.claim(self.lanes, LaneClaim(name, self.books, ending_s))
        app.agent(app.source(self.events), name=f"reading-{name}")(nothing)
        return app


async def nothing(stream: object) -> None:
    """An agent that never takes anything: nothing is ever written to its topic."""
    await asyncio.Event().wait()


@pytest.fixture
async def house(kafka: str, unique_name: UniqueName, create_topic: CreateTopic) -> House:
    lanes = await create_topic("lanes", partitions=LANES)
    return House(kafka, unique_name("group"), lanes, await create_topic("events", partitions=2))


async def test_a_lane_is_acquired_on_assignment_and_released_on_stop(house: House) -> None:
    async with started(house.worker("a")):
        await eventually(lambda: house.books.held_by("a") == set(range(LANES)), within=20)
    assert house.books.held_by("a") == set()


async def test_lanes_are_shared_out_as_workers_come_and_go_and_never_held_twice(
    house: House,
) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(started(house.worker("a")))
        await eventually(lambda: len(house.books.held_by("a")) == LANES, within=20)
        async with started(house.worker("b")):
            await eventually(lambda: len(house.books.held_by("b")) == LANES // 2, within=20)
            await eventually(house.books.all_held_once, within=20)
        await eventually(lambda: len(house.books.held_by("a")) == LANES, within=20)
    assert house.books.shared == []
    assert all(not holders for holders in house.books.holders.values())


async def test_a_lane_that_ends_slowly_is_waited_for_by_who_gets_it(house: House) -> None:
    """Longer than the session: who is alive and busy letting go is not taken for dead."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(started(house.worker("slow", ending_s=2 * SESSION_S)))
        await eventually(lambda: len(house.books.held_by("slow")) == LANES, within=20)
        await stack.enter_async_context(started(house.worker("b")))
        await eventually(lambda: len(house.books.held_by("b")) == LANES // 2, within=20)
        await eventually(house.books.all_held_once, within=20)
    assert house.books.shared == []


async def test_nothing_is_committed_for_a_topic_that_is_only_claimed(house: House) -> None:
    async with started(house.worker("a")):
        await eventually(lambda: len(house.books.held_by("a")) == LANES, within=20)
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka)
    await admin.start()
    offsets = await admin.list_consumer_group_offsets(house.group)
    await admin.close()
    assert offsets == {}
