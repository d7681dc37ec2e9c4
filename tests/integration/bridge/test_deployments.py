"""A lane reads from a cluster and through a sentinel as it does from one server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.health import LaneStatus
from orchestrator.bridge.redis_stream import GROUP
from orchestrator.bridge.upkeep import Reclaiming
from orchestrator.embedded.valkey import EmbeddedValkey
from tests.integration.bridge.conftest import NewBridge, Stream, until
from tests.integration.bridge.deployments import ClusterValkey, ReplicaValkey, SentinelValkey
from tests.integration.bridge.fake_sender import FakeSender
from tests.product.envelopes import envelope

NAME = "aivo.events.deployed"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ClusterValkey]:
    with ClusterValkey(tmp_path / "node") as node:
        yield node


@pytest.fixture
async def stream(cluster: ClusterValkey) -> AsyncIterator[Stream]:
    """A stream in the cluster, which is whole."""
    client: Any = Redis.from_url(cluster.url)
    await client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    await until(lambda: is_whole(client))
    yield Stream(client, NAME)
    await client.aclose()


async def is_whole(client: Any) -> bool:
    return b"cluster_state:ok" in await client.execute_command("CLUSTER", "INFO")


async def reaches(bridge: Bridge, status: LaneStatus) -> None:
    async def is_there() -> bool:
        return bridge.health()[0].status is status

    await until(is_there)


async def test_a_cluster_is_read_in_order_and_what_others_left_is_taken_over(
    new_bridge: NewBridge, cluster: ClusterValkey, stream: Stream, sender: FakeSender
) -> None:
    expected = await stream.add_numbered(1, 300)
    await stream.client.xgroup_create(NAME, GROUP, id="0")
    await stream.given_to("worker-a", count=100)
    bridge = new_bridge(cluster.cluster_url, NAME, reclaiming=Reclaiming(min_idle_s=0.0))
    await bridge.start_lane(0)
    await stream.settled()
    assert sender.event_ids() == expected
    snapshot = bridge.snapshot()[0]
    assert (snapshot.counts.reclaimed, snapshot.health.gaps) == (100, 0)


async def test_a_node_that_comes_back_is_found_again(
    new_bridge: NewBridge, cluster: ClusterValkey, stream: Stream, sender: FakeSender
) -> None:
    bridge = new_bridge(cluster.cluster_url, NAME)
    before = await stream.add_numbered(1, 20)
    await bridge.start_lane(0)
    await stream.settled()

    await asyncio.to_thread(cluster.kill)
    await reaches(bridge, LaneStatus.DEGRADED)
    await stream.client.connection_pool.disconnect()
    await asyncio.to_thread(cluster.start)
    await until(lambda: is_whole(stream.client))
    after = await stream.add_numbered(21, 40)
    await stream.settled()
    assert list(dict.fromkeys(sender.event_ids())) == before + after


async def test_a_lane_follows_its_sentinels_to_the_new_master(
    new_bridge: NewBridge, own_valkey: EmbeddedValkey, sender: FakeSender, tmp_path: Path
) -> None:
    with (
        ReplicaValkey(tmp_path / "replica", own_valkey) as replica,
        SentinelValkey(tmp_path / "sentinel", own_valkey) as sentinel,
    ):
        old: Any = Redis.from_url(own_valkey.url)
        new = Redis.from_url(replica.url)
        watching = Redis.from_url(sentinel.url)
        bridge = new_bridge(sentinel.sentinel_url, NAME)
        stream = Stream(old, NAME)
        before = await stream.add_numbered(1, 20)
        await bridge.start_lane(0)
        await stream.settled()
        await until(lambda: knows_the_replica(watching))
        assert await old.execute_command("WAIT", 1, 5_000) == 1

        await asyncio.to_thread(own_valkey.kill)
        await until(lambda: takes_writes(new), within_s=30)
        stream = Stream(new, NAME)
        after = await stream.add_numbered(21, 40)
        await stream.settled()
        assert list(dict.fromkeys(sender.event_ids())) == before + after
        await bridge.stop()
        for client in (old, new, watching):
            await client.aclose()


async def knows_the_replica(watching: Redis) -> bool:
    said: Any = await watching.info("sentinel")
    return bool(said["master0"]["slaves"] == 1)


async def takes_writes(new: Redis) -> bool:
    try:
        await Stream(new, "probe").add(envelope("probe"))
    except RedisError:
        return False
    return True
