"""Which client a URL stands for. Nothing is connected."""

from pathlib import Path

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.sentinel import SentinelConnectionPool, SentinelManagedSSLConnection

from orchestrator.bridge.address import Cluster, Sentinels, Single, address_of
from orchestrator.bridge.connection import Client, SentinelRedis, connect
from orchestrator.tls import TlsFiles

RETRIES = 0


def options(client: Client) -> dict[str, object]:
    if isinstance(client, RedisCluster):
        return client.get_connection_kwargs()
    return dict(client.connection_pool.connection_kwargs)


def test_one_server_is_what_redis_py_makes_of_its_url() -> None:
    client = connect("redis://me:s3cret@host:6380/2")
    assert type(client) is Redis
    found = options(client)
    assert (found["host"], found["port"], found["db"]) == ("host", 6380, 2)
    assert (found["username"], found["password"]) == ("me", "s3cret")


def test_sentinels_are_asked_for_the_master() -> None:
    client = connect("redis+sentinel://me:s3%40cret@host,host2:26380/my%20master/3")
    assert isinstance(client, SentinelRedis)
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert (pool.service_name, pool.is_master) == ("my master", True)
    assert options(client)["db"] == 3
    assert options(client)["password"] == "s3@cret"
    sentinels = [options(each) for each in pool.sentinel_manager.sentinels]
    assert [(each["host"], each["port"]) for each in sentinels] == [
        ("host", 26379),
        ("host2", 26380),
    ]
    assert all(each.get("password") is None for each in sentinels)


def test_sentinels_may_want_credentials_of_their_own_and_tls() -> None:
    client = connect(
        "rediss+sentinel://:p1@h:1/m?sentinel_username=s&sentinel_password=p2&ssl_cert_reqs=none"
    )
    assert isinstance(client, SentinelRedis)
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert pool.connection_class is SentinelManagedSSLConnection
    (sentinel,) = pool.sentinel_manager.sentinels
    own = options(sentinel)
    assert (own["username"], own["password"]) == ("s", "p2")
    assert own["ssl_cert_reqs"] == options(client)["ssl_cert_reqs"] == "none"
    assert options(client)["password"] == "p1"


def test_the_files_are_for_sentinels_and_master_and_the_url_wins(tmp_path: Path) -> None:
    files = TlsFiles("REDIS_SSL", tmp_path / "ca", tmp_path / "crt", tmp_path / "key", "s3cret")
    client = connect("rediss+sentinel://h:1/m?ssl_ca_certs=/url/ca", files)
    assert isinstance(client, SentinelRedis)
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    for found in (options(client), options(pool.sentinel_manager.sentinels[0])):
        assert found["ssl_ca_certs"] == "/url/ca"
        assert found["ssl_certfile"] == str(tmp_path / "crt")
        assert found["ssl_keyfile"] == str(tmp_path / "key")
        assert found["ssl_password"] == "s3cret"
    assert "ssl_certfile" not in options(connect("redis://h:1", files))
    assert options(connect("rediss://h:1", files))["ssl_ca_certs"] == str(tmp_path / "ca")


async def test_a_cluster_is_found_through_any_of_its_nodes() -> None:
    client = connect("rediss+cluster://me:s3cret@host:7000,[::1]:7001/0?client_name=bridge")
    assert isinstance(client, RedisCluster)
    nodes = [(node.host, node.port) for node in client.startup_nodes]
    assert nodes == [("host", 7000), ("::1", 7001)]
    found = options(client)
    assert (found["username"], found["client_name"]) == ("me", "bridge")
    assert "ssl_ca_certs" in found
    await client.aclose()


@pytest.mark.parametrize(
    "url", ["redis://h:1/0", "redis+sentinel://h:1/m", "redis+cluster://h:1", "unix:///run/redis"]
)
async def test_no_client_repeats_a_command_or_waits_for_ever(url: str) -> None:
    client = connect(url)
    retry = client.retry if isinstance(client, RedisCluster) else client.get_retry()
    assert retry is not None
    assert retry.get_retries() == RETRIES
    assert options(client)["socket_timeout"] == 6.0
    assert options(client)["socket_connect_timeout"] == 5.0
    assert options(client)["protocol"] == 2
    await client.aclose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://host", "begins with redis://"),
        ("redis+ring://host", "begins with redis://"),
        ("http+cluster://host", "begins with redis://"),
        ("redis+sentinel://host:26379", "names the master"),
        ("redis+sentinel://host:26379/", "names the master"),
        ("redis+sentinel://host/m/zero", "is a number"),
        ("redis+sentinel:///m", "at least one host"),
        ("redis+sentinel://a,,b/m", "at least one host"),
        ("redis+sentinel://a:x/m", "no host:port"),
        ("redis+cluster://a:99999", "no host:port"),
        ("redis+cluster://a:7000/1", "database 0 only"),
        ("redis+cluster://a?socket_timeout=soon", "socket_timeout"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_with_a_sentence(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        address_of(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["redis://:s3cret@h", "redis+sentinel://:s3cret@h/m", "redis+cluster://:s3cret@h:1"],
)
def test_an_address_does_not_show_its_password(url: str) -> None:
    address = address_of(url)
    assert isinstance(address, Single | Sentinels | Cluster)
    assert "s3cret" not in repr(address)
