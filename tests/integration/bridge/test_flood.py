"""A flood of bad entries stops the lane; what it has refused is kept, and the rest still there."""

import asyncio

import pytest

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.flood import FloodLimit
from orchestrator.bridge.health import LaneStatus
from orchestrator.errors import Flooded
from orchestrator.topics import DEAD_LETTERS
from tests.integration.bridge.conftest import NewBridge, Stream
from tests.integration.bridge.fake_sender import FakeSender
from tests.product.envelopes import Entry, envelope


def bad(number: int) -> Entry:
    return envelope(f"bad-{number}", type="COFFEE_READY")


async def flooded(bridge: Bridge) -> str:
    async with asyncio.timeout(20):
        with pytest.raises(Flooded) as caught:
            await bridge.failure()
    return str(caught.value)


async def unread(stream: Stream) -> int:
    """Entries that were not given to anybody, or not acknowledged."""
    group = (await stream.client.xinfo_groups(stream.name))[0]
    return int(group["lag"]) + int(group["pending"])


async def test_nothing_but_bad_entries_stops_the_lane_and_nothing_is_lost(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    ids = await stream.add(*(bad(number) for number in range(3_000)))
    await bridge.start_lane(0)
    said = await flooded(bridge)

    letters = sender.records(DEAD_LETTERS)
    refused = [f"redis:{stream.name}:{entry_id}".encode() for entry_id in ids]
    assert 500 <= len(letters) < 2_000
    assert [letter.key for letter in letters] == refused[: len(letters)]
    assert await unread(stream) == 3_000 - len(letters)
    assert bridge.health()[0].status is LaneStatus.STOPPED
    assert f"{stream.name}: 500 entries in a row were refused" in said
    assert "'unknown type'" in said
    assert refused[499].decode() in said


async def test_after_the_fix_the_rest_is_read_where_it_was_left(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    limit = FloodLimit(run=40)
    await stream.add(*(bad(number) for number in range(40)))
    expected = await stream.add_numbered(1, 100)
    bridge = new_bridge(redis_url, stream.name, flood_limit=limit)
    await bridge.start_lane(0)
    await flooded(bridge)
    before = len(sender.event_ids()) + len(sender.reasons())
    assert await unread(stream) == 140 - before

    await new_bridge(redis_url, stream.name, flood_limit=limit).start_lane(0)
    await stream.settled()
    assert sender.event_ids() == expected
    assert len(sender.reasons()) == 40


async def test_more_than_half_of_a_thousand_within_a_minute_stops_the_lane(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    mixed = [bad(n) if n % 5 else envelope(f"e-{n}", f"l-{n}") for n in range(1_500)]
    await stream.add(*mixed)
    await bridge.start_lane(0)
    said = await flooded(bridge)
    assert "(80%) within a minute were refused" in said
    done = len(sender.event_ids()) + len(sender.reasons())
    assert done >= 1_000
    assert await unread(stream) == 1_500 - done


async def test_other_lanes_go_on(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    other = Stream(stream.client, f"{stream.name}.other")
    bridge = new_bridge(redis_url, stream.name, other.name, flood_limit=FloodLimit(run=10))
    await stream.add(*(bad(number) for number in range(10)))
    await bridge.start_lane(0)
    await bridge.start_lane(1)
    await flooded(bridge)
    expected = await other.add_numbered(1, 5)
    await other.settled()
    assert sender.event_ids() == expected
    await other.client.delete(other.name)


async def test_half_bad_is_borne(bridge: Bridge, stream: Stream, sender: FakeSender) -> None:
    mixed = [bad(n) if n % 2 else envelope(f"e-{n}", f"l-{n}") for n in range(2_400)]
    await stream.add(*mixed)
    await bridge.start_lane(0)
    await stream.settled()
    assert (len(sender.event_ids()), len(sender.reasons())) == (1_200, 1_200)
