"""A lane reads by TLS, as a user that may do no more than docs/security.md says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from orchestrator.bridge.connection import connect
from orchestrator.bridge.health import LaneStatus
from orchestrator.bridge.redis_stream import RedisStream
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.tls import TlsFiles
from tests.integration.bridge.conftest import NewBridge, Stream, until
from tests.integration.bridge.deployments import ClusterValkey
from tests.integration.bridge.fake_sender import FakeSender
from tests.product.envelopes import envelope
from tests.wire.certificates import HOSTS, Authority
from tests.wire.page import redis_acl
from tests.wire.tls_proxy import TlsProxy

NAME = "aivo.events.sel"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
async def admin(own_valkey: EmbeddedValkey) -> AsyncIterator[Any]:
    """A client that may do everything; the user of the page is there."""
    client: Any = Redis.from_url(own_valkey.url)
    await client.execute_command(*redis_acl("geheim"))
    yield client
    await client.aclose()


def as_user(valkey: EmbeddedValkey) -> str:
    return f"redis://orchestrator:geheim@127.0.0.1:{valkey.port}/0"


async def test_the_user_may_do_all_that_a_lane_does(own_valkey: EmbeddedValkey, admin: Any) -> None:
    stream = RedisStream(connect(as_user(own_valkey)), NAME)
    await stream.create_group()
    await Stream(admin, NAME).add(envelope("e-1"), envelope("e-2"))
    entries, pending = await stream.read_new(10)
    assert (len(entries), pending.ours) == (2, 2)
    assert len(await stream.read_pending(10)) == 2
    assert (await stream.pending()).ours == 2
    await stream.claim(0, b"0-0")
    assert await stream.state() is not None
    await stream.acknowledge([entry.id for entry in entries])
    await stream.begin_again()
    await stream.close()


async def test_the_user_may_do_nothing_else(own_valkey: EmbeddedValkey, admin: Any) -> None:
    await Stream(admin, NAME).add(envelope("e-1"))
    client: Any = connect(as_user(own_valkey))
    for command in (
        ("XADD", NAME, "*", "a", "b"),
        ("XDEL", NAME, "0-1"),
        ("XTRIM", NAME, "MAXLEN", "0"),
        ("DEL", NAME),
        ("XGROUP", "DESTROY", NAME, "g"),
        ("XLEN", "another"),
        ("KEYS", "*"),
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
    ):
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command)
    await client.aclose()


async def test_a_lane_says_what_its_user_may_not_and_goes_on_when_it_may(
    new_bridge: NewBridge, own_valkey: EmbeddedValkey, admin: Any, sender: FakeSender
) -> None:
    await admin.execute_command("ACL", "SETUSER", "orchestrator", "-xreadgroup")
    stream = Stream(admin, NAME)
    expected = await stream.add_numbered(1, 3)
    bridge = new_bridge(as_user(own_valkey), NAME)
    await bridge.start_lane(0)

    async def says_what() -> bool:
        lane = bridge.health()[0]
        return lane.status is LaneStatus.DEGRADED and "'xreadgroup'" in lane.detail

    await until(says_what)
    assert "docs/security.md" in bridge.health()[0].detail
    assert sender.event_ids() == []
    await admin.execute_command("ACL", "SETUSER", "orchestrator", "+xreadgroup")
    await stream.settled()
    assert sender.event_ids() == expected


async def test_a_cluster_is_read_by_tls_whichever_node_it_names(
    new_bridge: NewBridge, authority: Authority, sender: FakeSender, tmp_path: Path
) -> None:
    ours = authority.issue("worker")
    files = TlsFiles("REDIS_SSL", authority.cafile, ours.certfile, ours.keyfile)
    with (
        ClusterValkey(tmp_path / "node") as node,
        TlsProxy(node.port, authority.issue(*HOSTS), str(authority.cafile)) as proxy,
    ):
        client: Any = Redis.from_url(node.url)
        for name, value in (("ip", "127.0.0.1"), ("port", proxy.port)):
            await client.config_set(f"cluster-announce-{name}", value)
        await client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        await client.execute_command(*redis_acl("geheim"), *IN_A_CLUSTER)
        stream = Stream(client, NAME)
        await until(lambda: _is_whole(client))
        expected = await stream.add_numbered(1, 20)
        url = f"rediss+cluster://orchestrator:geheim@localhost:{proxy.port}"
        bridge = new_bridge(url, NAME, redis_tls=files)
        await bridge.start_lane(0)
        await stream.settled()
        assert sender.event_ids() == expected
        await bridge.stop()
        await client.aclose()


IN_A_CLUSTER = ("+cluster|slots", "+cluster|shards", "+command")


async def _is_whole(client: Any) -> bool:
    return b"cluster_state:ok" in await client.execute_command("CLUSTER", "INFO")


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("stale", "has expired"),
        ("other", "is another's"),
        ("unknown", "Set REDIS_SSL_CAFILE"),
    ],
)
async def test_a_redis_that_is_not_to_be_trusted_gets_no_password(
    new_bridge: NewBridge,
    own_valkey: EmbeddedValkey,
    authority: Authority,
    sender: FakeSender,
    tmp_path: Path,
    shown: str,
    said: str,
) -> None:
    certificates = {
        "stale": authority.issue("localhost", expired=True),
        "other": authority.issue("redis.example"),
        "unknown": Authority(tmp_path / "others").issue("localhost"),
    }
    async with Redis.from_url(own_valkey.url) as client:
        stream = Stream(client, NAME)
        expected = await stream.add_numbered(1, 3)
        with TlsProxy(own_valkey.port, certificates[shown]) as proxy:
            bridge = new_bridge(
                f"rediss://localhost:{proxy.port}",
                NAME,
                redis_tls=TlsFiles("REDIS_SSL", authority.cafile),
            )
            await bridge.start_lane(0)

            async def says_why() -> bool:
                return said in bridge.health()[0].detail

            await until(says_why)
            assert bridge.health()[0].status is LaneStatus.DEGRADED
            proxy.certificate = authority.issue("localhost")
            await stream.settled()
            assert sender.event_ids() == expected
            await asyncio.wait_for(bridge.stop(), 10)
