"""What a crash leaves behind is found again, first and under the same ids."""

import asyncio

import pytest

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.redis_stream import GROUP
from tests.integration.bridge.conftest import NewBridge, Stream
from tests.integration.bridge.fake_sender import FakeSender
from tests.product.envelopes import envelope


async def test_what_was_written_but_not_acknowledged_is_sent_again_before_anything_new(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    derived = [
        f"redis:{stream.name}:{entry_id}"
        for entry_id in await stream.add(*(envelope(None, f"l-{n}") for n in range(20)))
    ]
    sender.answers.clear()
    crashing = new_bridge(redis_url, stream.name, stop_within_s=0.0)
    await crashing.start_lane(0)
    await sender.until(lambda: bool(sender.batches))
    await crashing.stop_lane(0)
    assert await stream.pending() == 20
    assert sender.event_ids() == derived

    sender.answers.set()
    new = await stream.add_numbered(1, 5)
    await new_bridge(redis_url, stream.name).start_lane(0)
    await stream.settled()
    assert sender.event_ids() == [*derived, *derived, *new]


async def test_dead_letters_written_twice_have_the_same_source(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    await stream.add({"data": "{"}, {"data": "["})
    sender.answers.clear()
    crashing = new_bridge(redis_url, stream.name, stop_within_s=0.0)
    await crashing.start_lane(0)
    await sender.until(lambda: bool(sender.batches))
    await crashing.stop_lane(0)

    sender.answers.set()
    await new_bridge(redis_url, stream.name).start_lane(0)
    await stream.settled()
    (_, first), (_, second) = sender.batches
    assert [letter.key for letter in first] == [letter.key for letter in second]
    assert len({letter.key for letter in first}) == 2


async def test_an_entry_given_to_a_dead_owners_last_read_is_found_and_keeps_its_place(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 1)
    sender.answers.clear()
    await bridge.start_lane(0)
    await sender.until(lambda: sender.event_ids() == ["e-1"])

    await stream.add_numbered(2, 2)
    given = await stream.client.xreadgroup(GROUP, stream.name, {stream.name: ">"})
    assert len(given) == 1
    await stream.add_numbered(3, 3)
    sender.answers.set()

    await stream.settled()
    assert sender.event_ids() == ["e-1", "e-2", "e-3"]


async def test_an_entry_deleted_while_it_was_pending_is_counted_and_settled(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    ids = await stream.add(*(envelope(f"e-{n}") for n in range(3)))
    await stream.client.xgroup_create(stream.name, GROUP, id="0")
    await stream.client.xreadgroup(GROUP, stream.name, {stream.name: ">"})
    await stream.client.xdel(stream.name, ids[1])

    bridge = new_bridge(redis_url, stream.name)
    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids() == ["e-0", "e-2"]
    assert bridge.snapshot()[0].counts.vanished == 1


async def test_a_batch_in_flight_is_finished_when_the_lane_is_stopped(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 10)
    sender.answers.clear()
    await bridge.start_lane(0)
    await sender.until(lambda: bool(sender.batches))

    stopping = asyncio.create_task(bridge.stop_lane(0))
    await stream.add_numbered(11, 11)
    assert not stopping.done()
    sender.answers.set()
    await stopping
    assert await stream.pending() == 0
    assert "e-11" not in sender.event_ids()


async def test_a_lane_that_is_started_while_it_stops_waits_for_its_predecessor(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 10)
    sender.answers.clear()
    await bridge.start_lane(0)
    await sender.until(lambda: bool(sender.batches))

    stopping = asyncio.create_task(bridge.stop_lane(0))
    starting = asyncio.create_task(bridge.start_lane(0))
    new = await stream.add_numbered(11, 12)
    assert not starting.done()
    sender.answers.set()
    await asyncio.gather(stopping, starting)
    await stream.settled()
    assert sender.event_ids() == [*(f"e-{number}" for number in range(1, 11)), *new]


async def test_an_idle_lane_stops_at_once(bridge: Bridge, stream: Stream) -> None:
    await stream.add_numbered(1, 1)
    await bridge.start_lane(0)
    await stream.settled()
    async with asyncio.timeout(0.5):
        await bridge.stop_lane(0)


async def test_a_lane_that_was_stopped_can_be_started_again(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    for number in range(1, 4):
        await stream.add_numbered(number, number)
        await bridge.start_lane(0)
        await bridge.start_lane(0)
        await stream.settled()
        await bridge.stop_lane(0)
        await bridge.stop_lane(0)
    assert sender.event_ids() == ["e-1", "e-2", "e-3"]


async def test_a_lane_that_dies_of_something_unknown_is_not_passed_over(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    sender.send = broken  # type: ignore[method-assign]
    await stream.add_numbered(1, 1)
    await bridge.start_lane(0)
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match="a fault of ours"):
            await bridge.failure()
    assert await stream.pending() == 1
