"""What another consumer of the group was given, and left, is taken over in the stream's order."""

from structlog.testing import capture_logs

from orchestrator.bridge.connection import connect
from orchestrator.bridge.gaps import Gaps
from orchestrator.bridge.health import LaneCounters
from orchestrator.bridge.redis_stream import GROUP, RedisStream
from orchestrator.bridge.upkeep import Reclaiming, Upkeep
from orchestrator.bridge.watch import Watch
from tests.integration.bridge.conftest import NewBridge, Stream, until
from tests.integration.bridge.fake_sender import FakeSender

AT_ONCE = Reclaiming(min_idle_s=0.0, every_s=0.05)


async def test_what_others_left_is_taken_over_before_anything_new_and_in_order(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    expected = await stream.add_numbered(1, 60)
    await stream.client.xgroup_create(stream.name, GROUP, id="0")
    for consumer in ("worker-a", stream.name, "worker-b", "worker-a"):
        assert len(await stream.given_to(consumer, count=10)) == 10

    bridge = new_bridge(redis_url, stream.name, reclaiming=AT_ONCE)
    with capture_logs() as logs:
        await bridge.start_lane(0)
        await stream.settled()

    assert sender.event_ids() == expected
    assert bridge.snapshot()[0].counts.reclaimed == 30
    assert bridge.health()[0].gaps == 0
    said = [each["entries"] for each in logs if each["event"].startswith("took over")]
    assert said == [30]


async def test_more_than_a_page_of_them_is_followed_to_its_end(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    expected = await stream.add_numbered(1, 2_500, learners=400)
    await stream.client.xgroup_create(stream.name, GROUP, id="0")
    await stream.given_to("worker-a", count=2_500)

    once = Reclaiming(min_idle_s=0.0, every_s=3_600)
    bridge = new_bridge(redis_url, stream.name, reclaiming=once)
    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids() == expected
    assert bridge.snapshot()[0].counts.reclaimed == 2_500


async def test_what_another_takes_while_the_lane_runs_is_found_after_a_while(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    bridge = new_bridge(redis_url, stream.name, reclaiming=AT_ONCE)
    await stream.add_numbered(1, 1)
    await bridge.start_lane(0)
    await stream.settled()

    pipe = stream.client.pipeline()
    for number in (2, 3):
        pipe.xadd(stream.name, {"data": "{"}, id=f"{9_999_999_999_990 + number}-0")
    pipe.xreadgroup(GROUP, "worker-a", {stream.name: ">"})
    await pipe.execute()

    await sender.until(lambda: len(sender.reasons()) == 2)
    await stream.settled()
    assert bridge.snapshot()[0].counts.reclaimed == 2
    assert bridge.health()[0].gaps == 0


async def test_what_another_is_still_working_on_is_left_to_it(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 5)
    await stream.client.xgroup_create(stream.name, GROUP, id="0")
    taken = await stream.given_to("worker-a", count=2)

    bridge = new_bridge(redis_url, stream.name, reclaiming=Reclaiming(60.0, 0.05))
    await bridge.start_lane(0)
    await sender.until(lambda: sender.event_ids() == ["e-3", "e-4", "e-5"])

    async def only_theirs() -> bool:
        return await stream.pending() == 2

    await until(only_theirs)
    await bridge.stop_lane(0)
    assert bridge.snapshot()[0].counts.reclaimed == 0
    assert await stream.client.xack(stream.name, GROUP, *taken) == 2


async def test_what_others_left_and_was_deleted_since_is_a_gap_with_its_ids(
    new_bridge: NewBridge, redis_url: str, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 6)
    await stream.client.xgroup_create(stream.name, GROUP, id="0")
    taken = await stream.given_to("worker-a", count=4)
    await stream.client.xdel(stream.name, taken[1], taken[2])

    bridge = new_bridge(redis_url, stream.name, reclaiming=AT_ONCE)
    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids() == ["e-1", "e-4", "e-5", "e-6"]
    counts = bridge.snapshot()[0].counts
    assert (counts.reclaimed, counts.vanished, counts.missed) == (2, 2, 0)
    assert f"{taken[1]}, {taken[2]}" in bridge.health()[0].detail


async def test_what_was_taken_over_is_not_called_missing(redis_url: str, stream: Stream) -> None:
    reader, watch, counters = RedisStream(connect(redis_url), stream.name), Watch(), LaneCounters()
    gaps = Gaps(stream.name, counters, lambda: 0.0)
    upkeep = Upkeep(stream.name, reader, watch, gaps, counters, AT_ONCE, lambda: 0.0)
    await reader.create_group()
    await upkeep.look()

    await stream.add_numbered(1, 6)
    await stream.given_to("worker-a", count=2)
    new, pending = await reader.read_new(10)
    watch.given([entry.id for entry in new])
    assert (len(new), pending.foreign) == (4, 2)
    assert await upkeep.reclaim() == 2
    entries = await reader.read_pending(10)
    watch.given([entry.id for entry in entries])
    await reader.acknowledge([entry.id for entry in entries])
    await upkeep.look()
    assert counters.gaps == 0
    await reader.close()
