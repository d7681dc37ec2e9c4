"""A Redis URL of any kind -> where to connect, and how.

redis://user:password@host:6379/0                      one server (rediss:// with TLS, unix:// too)
redis+sentinel://host:26379,host2:26379/mymaster/0     the master that the sentinels name
redis+cluster://host:7000,host2:7001                   the cluster that these nodes belong to

`rediss+sentinel` and `rediss+cluster` use TLS. Options behind `?` are redis-py's, such as
`ssl_ca_certs`; sentinels that want credentials of their own: `sentinel_username`,
`sentinel_password`.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from redis.asyncio.connection import SSLConnection, parse_url

SENTINEL_PORT, CLUSTER_PORT = 26379, 6379

Host = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Single:
    """One server, as redis-py writes it. Its URL may hold a password."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Who knows where the master called `service` is. `own`: how to connect to themselves."""

    hosts: tuple[Host, ...]
    service: str
    options: dict[str, Any] = field(repr=False)
    own: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Some nodes of a cluster."""

    hosts: tuple[Host, ...]
    options: dict[str, Any] = field(repr=False)


Address = Single | Sentinels | Cluster


def uses_tls(url: str) -> bool:
    """Whether a URL of any kind asks for TLS."""
    return urlsplit(url).scheme.startswith("rediss")


def hosts_of(url: str) -> list[str]:
    """The hosts that a URL of any kind names; none for a socket of this machine."""
    address = address_of(url)
    if isinstance(address, Single):
        host = urlsplit(url).hostname
        return [host] if host else []
    return [host for host, _ in address.hosts]


def address_of(url: str) -> Address:
    """Read a URL. Raises ValueError with a sentence, which holds no password."""
    scheme, _, kind = urlsplit(url).scheme.partition("+")
    if scheme in ("redis", "rediss", "unix") and not kind:
        parse_url(url)
        return Single(url)
    if scheme in ("redis", "rediss") and kind == "sentinel":
        return _sentinels(urlsplit(url), scheme)
    if scheme in ("redis", "rediss") and kind == "cluster":
        return _cluster(urlsplit(url), scheme)
    raise ValueError(
        "A Redis URL begins with redis://, rediss://, unix://, redis+sentinel://,"
        " rediss+sentinel://, redis+cluster:// or rediss+cluster://."
    )


def _sentinels(url: SplitResult, scheme: str) -> Sentinels:
    service, _, db = url.path.strip("/").partition("/")
    if not service:
        raise ValueError("A Sentinel URL names the master: redis+sentinel://host:26379/mymaster/0.")
    if db and not db.isdecimal():
        raise ValueError(f"The database in a Sentinel URL is a number, not {db!r}.")
    hosts = _hosts(url, SENTINEL_PORT)
    options = _options(url, scheme, f"/{db or 0}")
    credentials = {
        name.removeprefix("sentinel_"): options.pop(name)
        for name in ("sentinel_username", "sentinel_password")
        if name in options
    }
    encryption = {name: value for name, value in options.items() if name.startswith("ssl")}
    return Sentinels(hosts, unquote(service), options, credentials | encryption)


def _cluster(url: SplitResult, scheme: str) -> Cluster:
    if url.path.strip("/") not in ("", "0"):
        raise ValueError("A cluster has the database 0 only: redis+cluster://host:7000.")
    options = _options(url, scheme, "")
    return Cluster(_hosts(url, CLUSTER_PORT), options)


def _options(url: SplitResult, scheme: str, path: str) -> dict[str, Any]:
    """User, password, database and what stands behind the question mark, as redis-py reads it."""
    user, at, _ = url.netloc.rpartition("@")
    options: dict[str, Any] = dict(parse_url(f"{scheme}://{user}{at}{path}?{url.query}"))
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    return options


def _hosts(url: SplitResult, default_port: int) -> tuple[Host, ...]:
    names = url.netloc.rpartition("@")[2].split(",")
    return tuple(_host(name.strip(), default_port) for name in names)


def _host(name: str, default_port: int) -> Host:
    try:
        parts = urlsplit(f"//{name}")
        host, port = parts.hostname, parts.port or default_port
    except ValueError as error:
        raise ValueError(f"{name!r} in the Redis URL is no host:port: {error}.") from error
    if not host:
        raise ValueError("A Redis URL names at least one host, as host:port,host2:port.")
    return host, port
