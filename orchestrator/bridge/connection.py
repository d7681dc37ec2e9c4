"""Clients for a Redis by itself, behind Sentinel or in a cluster, that all behave alike.

They connect when they are first used, and never repeat a command by themselves: the entries of a
lost answer are pending by then, and have to be read as such before any later one.

Tested with: a cluster of one node that dies and comes back; a sentinel that makes a replica the
master. Not tested, for want of machines: a failover within a cluster, slots that move, a
sentinel with TLS, a replica that lags behind when it becomes the master. A lane is degraded
meanwhile, asks anew where the stream is at every attempt, and says if what it finds there stands
before what it has read.
"""

from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from orchestrator.bridge.address import Cluster, Sentinels, Single, address_of, uses_tls
from orchestrator.bridge.answers import claimed_from, entries_from
from orchestrator.tls import TlsFiles

BLOCK_MS = 1_000
"""How long a read waits for an entry. A reader whose owner died holds its place no longer."""

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 5.0
SENTINEL_TIMEOUT_S = 2.0
"""Each sentinel is asked in turn; the next one if it has not answered by then."""

NO_FILES = TlsFiles("REDIS_SSL")

Client = Redis | RedisCluster

UNREACHABLE = (RedisError, RedisClusterException, OSError)
"""What a client raises when Redis cannot be asked, or refuses."""


def connect(url: str, tls: TlsFiles = NO_FILES) -> Client:
    """A client for any URL of address.py. Raises ValueError, a sentence, on any other.

    `tls`: for those with TLS. Options in the URL win.
    """
    address = address_of(url)
    ways = _ways() | (_encryption(tls) if uses_tls(url) else {})
    if isinstance(address, Single):
        client: Client = Redis.from_url(address.url, **ways)
    elif isinstance(address, Sentinels):
        client = _through_sentinels(address, ways)
    else:
        client = _to_cluster(address, ways)
    client.set_response_callback("XREADGROUP", entries_from)
    client.set_response_callback("XAUTOCLAIM", claimed_from)
    return client


class SentinelRedis(Redis):
    """A client of the present master, which lets go of the sentinels too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close the connections to the master and to the sentinels."""
        await super().aclose(close_connection_pool)
        pool = self.connection_pool
        if isinstance(pool, SentinelConnectionPool):
            for sentinel in pool.sentinel_manager.sentinels:
                await sentinel.aclose()


def _through_sentinels(address: Sentinels, ways: dict[str, Any]) -> Redis:
    timeouts = {"socket_connect_timeout": SENTINEL_TIMEOUT_S, "socket_timeout": SENTINEL_TIMEOUT_S}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        address.hosts,
        sentinel_kwargs=ways | address.own | timeouts,
        **(ways | address.options),
    )
    client: Redis = sentinel.master_for(address.service, redis_class=SentinelRedis)
    return client


def _to_cluster(address: Cluster, ways: dict[str, Any]) -> RedisCluster:
    nodes = [ClusterNode(host, port) for host, port in address.hosts]
    return RedisCluster(startup_nodes=nodes, **(ways | address.options))


def _encryption(tls: TlsFiles) -> dict[str, Any]:
    found = {
        "ssl_ca_certs": tls.cafile,
        "ssl_certfile": tls.certfile,
        "ssl_keyfile": tls.keyfile,
        "ssl_password": tls.key_password,
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _ways() -> dict[str, Any]:
    return {
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "socket_timeout": ANSWER_TIMEOUT_S + BLOCK_MS / 1000,
    }
