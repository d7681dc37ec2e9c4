"""What Redis has lost is counted, said and shown; and reading goes on."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.health import LaneCounts, LaneStatus
from orchestrator.bridge.redis_stream import GROUP
from orchestrator.embedded.valkey import EmbeddedValkey
from tests.integration.bridge.conftest import NewBridge, Stream, until
from tests.integration.bridge.fake_sender import FakeSender
from tests.product.envelopes import envelope

NAME = "aivo.events.gaps"


def counts_of(bridge: Bridge) -> LaneCounts:
    return bridge.snapshot()[0].counts


async def shows_a_gap(bridge: Bridge) -> str:
    """Wait for the lane to be degraded by a gap; its detail."""

    async def is_there() -> bool:
        health = bridge.health()[0]
        return health.gaps > 0 and health.status is LaneStatus.DEGRADED

    await until(is_there)
    return bridge.health()[0].detail


async def restarted(bridge: Bridge) -> None:
    """A worker's restart, as the lane sees it, without what a lane remembers of its stream."""
    await bridge.stop_lane(0)
    await bridge.start_lane(0)


async def test_pending_entries_that_maxlen_trims_are_a_gap_with_their_ids(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    ids = await stream.add(*(envelope(f"e-{n}", f"l-{n}") for n in range(1, 31)))
    sender.failing = True
    bridge = new_bridge(redis_url, stream.name, stop_within_s=0.0)
    await bridge.start_lane(0)
    await sender.until(lambda: sender.refused >= 1)
    await bridge.stop_lane(0)
    assert await stream.pending() == 30

    entry: dict[Any, Any] = dict(envelope("e-31"))
    await stream.client.xadd(stream.name, entry, maxlen=11, approximate=False)
    sender.failing = False
    await bridge.start_lane(0)
    await stream.settled()

    assert sender.event_ids() == [f"e-{n}" for n in range(21, 32)]
    detail = await shows_a_gap(bridge)
    assert detail.startswith(f"gap: 20 pending entries were deleted: {ids[0]}, {ids[1]}, ")
    assert detail.endswith(ids[19])
    counts = counts_of(bridge)
    assert (counts.vanished, counts.missed, counts.breaks) == (20, 0, 0)
    assert bridge.health()[0].gaps == 20
    assert await stream.pending() == 0


async def test_entries_trimmed_before_anybody_read_them_are_counted_once(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    bridge = new_bridge(redis_url, stream.name)
    await stream.add_numbered(1, 10)
    await bridge.start_lane(0)
    await stream.settled()
    await bridge.stop_lane(0)
    await stream.waited_for_by_nobody()

    await stream.add_numbered(11, 30)
    await stream.client.xtrim(stream.name, maxlen=5, approximate=False)
    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids()[10:] == [f"e-{n}" for n in range(26, 31)]
    assert "15 entries were deleted or taken by others" in await shows_a_gap(bridge)

    await restarted(bridge)
    await stream.add_numbered(31, 32)
    await stream.settled()
    counts = counts_of(bridge)
    assert (counts.vanished, counts.missed, counts.breaks) == (0, 15, 0)


async def test_a_stream_deleted_while_it_is_read_is_a_break(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 5)
    await bridge.start_lane(0)
    await stream.settled()

    await stream.client.delete(stream.name)
    await stream.add_numbered(6, 8)
    await sender.until(lambda: len(sender.event_ids()) == 8)
    assert "group was gone" in await shows_a_gap(bridge)
    assert sender.event_ids() == [f"e-{n}" for n in range(1, 9)]
    counts = counts_of(bridge)
    assert (counts.vanished, counts.missed, counts.breaks) == (0, 0, 1)


async def test_a_group_that_stands_after_the_streams_end_goes_back_to_its_start(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 3)
    await stream.client.xgroup_create(stream.name, GROUP, id="9999999999999-0")

    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids() == ["e-1", "e-2", "e-3"]
    assert "before 9999999999999-0" in await shows_a_gap(bridge)
    await stream.add_numbered(4, 4)
    await sender.until(lambda: sender.event_ids()[-1] == "e-4")
    assert counts_of(bridge).breaks == 1


@pytest.fixture
async def old_backup(own_valkey: EmbeddedValkey) -> bytes:
    """What a stream and its group were when the lane had read up to e-5."""
    client = Redis.from_url(own_valkey.url)
    stream = Stream(client, NAME)
    await stream.add_numbered(1, 5)
    await client.xgroup_create(NAME, GROUP, id="0")
    await client.xack(NAME, GROUP, *await stream.given_to(NAME))
    backup = await client.dump(NAME)
    await client.aclose()
    assert isinstance(backup, bytes)
    return backup


async def test_a_redis_that_comes_back_without_its_newest_entries_is_a_break(
    new_bridge: NewBridge, own_valkey: EmbeddedValkey, old_backup: bytes, sender: FakeSender
) -> None:
    client = Redis.from_url(own_valkey.url)
    stream = Stream(client, NAME)
    bridge = new_bridge(own_valkey.url, NAME)
    await bridge.start_lane(0)
    await stream.add_numbered(6, 20)
    await sender.until(lambda: len(sender.event_ids()) == 15)
    await stream.settled()

    await asyncio.to_thread(own_valkey.stop)
    await client.connection_pool.disconnect()
    with EmbeddedValkey(own_valkey.data_dir) as elsewhere:
        replica = Redis.from_url(elsewhere.url)
        await replica.restore(NAME, 0, old_backup, replace=True)
        await replica.aclose()
    await asyncio.to_thread(own_valkey.start)
    await stream.add_numbered(21, 23)
    await sender.until(lambda: sender.event_ids()[-3:] == ["e-21", "e-22", "e-23"])

    assert "the stream lost its tail or was set back" in await shows_a_gap(bridge)
    assert counts_of(bridge).breaks == 1
    await stream.settled()
    await client.aclose()
