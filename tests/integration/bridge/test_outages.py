"""Redis or Kafka being away is waited out; nothing is lost, and it is said once."""

import asyncio

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.health import LaneStatus
from orchestrator.embedded.valkey import EmbeddedValkey
from tests.integration.bridge.conftest import NewBridge, Stream, until
from tests.integration.bridge.fake_sender import FakeSender

NAME = "aivo.events.outage"


async def reaches(bridge: Bridge, status: LaneStatus) -> None:
    async def is_there() -> bool:
        return bridge.health()[0].status is status

    await until(is_there)


@pytest.fixture
async def own_stream(own_valkey: EmbeddedValkey) -> Stream:
    return Stream(Redis.from_url(own_valkey.url), NAME)


async def test_nothing_is_acknowledged_while_kafka_fails_and_all_of_it_afterwards(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    expected = await stream.add_numbered(1, 20)
    sender.failing = True
    with capture_logs() as logs:
        await bridge.start_lane(0)
        await sender.until(lambda: sender.refused >= 3)
        health = bridge.health()[0]
        assert (health.status, health.pending) == (LaneStatus.DEGRADED, 20)
        assert "no broker answers" in health.detail
        assert health.lacks == "kafka"
        info = await stream.client.xinfo_stream(stream.name)
        assert health.oldest_pending_ms == int(info["first-entry"][0].split(b"-")[0])
        assert await stream.pending() == 20

        sender.failing = False
        await stream.settled()
        await reaches(bridge, LaneStatus.READING)
        health = bridge.health()[0]
        assert (health.lacks, health.oldest_pending_ms) == ("", None)
    assert sender.event_ids() == expected
    said = [each["event"] for each in logs if each["log_level"] != "debug"]
    assert said == ["consumer group made", "lane degraded", "lane recovered"]


async def test_a_lane_can_be_stopped_while_kafka_fails(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.add_numbered(1, 5)
    sender.failing = True
    await bridge.start_lane(0)
    await sender.until(lambda: sender.refused >= 2)
    async with asyncio.timeout(2):
        await bridge.stop_lane(0)
    assert await stream.pending() == 5


async def test_a_lane_outlives_a_killed_redis(
    new_bridge: NewBridge, own_valkey: EmbeddedValkey, own_stream: Stream, sender: FakeSender
) -> None:
    bridge = new_bridge(own_valkey.url, NAME)
    before = await own_stream.add_numbered(1, 50)
    await bridge.start_lane(0)
    await own_stream.settled()

    with capture_logs() as logs:
        await asyncio.to_thread(own_valkey.kill)
        await reaches(bridge, LaneStatus.DEGRADED)
        assert bridge.health()[0].lacks == "redis"
        await own_stream.client.connection_pool.disconnect()
        await asyncio.to_thread(own_valkey.start)
        after = await own_stream.add_numbered(51, 100)
        await own_stream.settled()
        await reaches(bridge, LaneStatus.READING)
    await own_stream.client.aclose()

    assert list(dict.fromkeys(sender.event_ids())) == before + after
    said = [each["event"] for each in logs]
    assert said.count("lane degraded") == said.count("lane recovered") == 1


async def test_a_lane_waits_for_a_redis_that_is_not_there_yet(
    new_bridge: NewBridge, own_valkey: EmbeddedValkey, own_stream: Stream, sender: FakeSender
) -> None:
    await asyncio.to_thread(own_valkey.stop)
    bridge = new_bridge(own_valkey.url, NAME)
    await bridge.start_lane(0)
    await reaches(bridge, LaneStatus.DEGRADED)
    assert "redis" in bridge.health()[0].detail

    await asyncio.to_thread(own_valkey.start)
    expected = await own_stream.add_numbered(1, 10)
    await sender.until(lambda: len(sender.event_ids()) == 10, within_s=15)
    await own_stream.client.aclose()
    assert sender.event_ids() == expected


async def test_a_lane_can_be_stopped_while_redis_is_away(
    new_bridge: NewBridge, own_valkey: EmbeddedValkey
) -> None:
    bridge = new_bridge(own_valkey.url, NAME)
    await asyncio.to_thread(own_valkey.stop)
    await bridge.start_lane(0)
    await reaches(bridge, LaneStatus.DEGRADED)
    async with asyncio.timeout(2):
        await bridge.stop_lane(0)
    assert bridge.health()[0].status is LaneStatus.STOPPED


async def test_a_stream_that_was_flushed_is_read_again_from_its_start(
    new_bridge: NewBridge, own_valkey: EmbeddedValkey, own_stream: Stream, sender: FakeSender
) -> None:
    bridge = new_bridge(own_valkey.url, NAME)
    await own_stream.add_numbered(1, 5)
    await bridge.start_lane(0)
    await own_stream.settled()

    with capture_logs() as logs:
        await own_stream.client.flushall()
        await own_stream.add_numbered(6, 10)
        await sender.until(lambda: len(sender.event_ids()) == 10)
        await own_stream.settled()
    await own_stream.client.aclose()
    assert sender.event_ids() == [f"e-{number}" for number in range(1, 11)]
    assert "group was gone" in next(each["what"] for each in logs if "what" in each)
    health = bridge.health()[0]
    assert (health.status, health.gaps) == (LaneStatus.DEGRADED, 1)
    assert "made anew" in health.detail


async def test_a_key_that_is_no_stream_degrades_the_lane_and_does_not_end_it(
    bridge: Bridge, stream: Stream, sender: FakeSender
) -> None:
    await stream.client.set(stream.name, "not a stream")
    await bridge.start_lane(0)
    await reaches(bridge, LaneStatus.DEGRADED)
    assert "WRONGTYPE" in bridge.health()[0].detail

    await stream.client.delete(stream.name)
    expected = await stream.add_numbered(1, 3)
    await sender.until(lambda: len(sender.event_ids()) == 3)
    assert sender.event_ids() == expected
