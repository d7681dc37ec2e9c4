"""Who may ask what while no tokens are set: one's own machine everything, all others the probes.

A peer address proves little by itself. A browser on another site can be made to send requests from
this very machine (hence: loopback Host, no foreign Origin, JSON only as application/json, which
bodies.py sees to), and a proxy on it speaks for the whole world (hence: no forwarding headers).
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from aiohttp import web

OPEN_PATHS = frozenset({"/health", "/health/live", "/health/ready", "/stats", "/metrics"})
"""Figures and states, nothing about any learner."""

READING = frozenset({"GET", "HEAD"})

FORWARDING = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-remote-ip",
        "x-remote-addr",
        "x-originating-ip",
        "x-proxyuser-ip",
        "true-client-ip",
        "client-ip",
        "cf-connecting-ip",
        "fastly-client-ip",
        "proxy-connection",
    }
)
FORWARDING_PREFIXES = ("x-forwarded", "x-original-", "x-envoy-", "x-amzn-", "cf-")

WHAT_TO_DO = (
    "Without access tokens only this machine itself may ask this: curl http://localhost:<PORT>. "
    "To ask from elsewhere, set API_TOKENS; `orchestrator token new` makes one."
)


def loopback_only(
    peer: str | None, host: Iterable[str], headers: Mapping[str, str], path: str, method: str
) -> str | None:
    """Why a request is refused, in a sentence, or None if it is let in.

    `peer` is the address of the other end of the socket, `host` all values of the Host header (more
    than one is none), `headers` the others by name in any case, `path` the decoded path.
    """
    if method in READING and path in OPEN_PATHS:
        return None
    if peer is None or not is_loopback(peer):
        return "the request comes from another machine"
    hosts = list(host)
    if len(hosts) != 1 or not _names_loopback(hosts[0]):
        return "its Host header does not name localhost"
    return _from_elsewhere({name.lower(): value for name, value in headers.items()})


def is_loopback(address: str) -> bool:
    """Whether an IP address is 127.0.0.0/8, ::1, or the former written as IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def peer_of(request: web.Request) -> str | None:
    """The address at the other end of the socket; None where there is none (a Unix socket)."""
    name = request.transport.get_extra_info("peername") if request.transport else None
    return name[0] if isinstance(name, tuple) and name else None


def _names_loopback(authority: str) -> bool:
    """Whether "host" or "host:port" names this machine by a name that no DNS can bend."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+)(:[0-9]{1,5})?", authority)
    if found is None:
        return False
    name = found[1].strip("[]").lower()
    return name in {"localhost", "localhost."} or is_loopback(name)


def _from_elsewhere(headers: Mapping[str, str]) -> str | None:
    for name in headers:
        if name in FORWARDING or name.startswith(FORWARDING_PREFIXES):
            return f"its {name} header says that it was forwarded"
    origin = headers.get("origin")
    if origin is not None and not _names_loopback(urlsplit(origin).netloc):
        return "its Origin header names another site"
    if headers.get("sec-fetch-site") == "cross-site":
        return "a page of another site has sent it"
    return None
