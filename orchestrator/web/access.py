"""Who may ask what while no tokens are set: one's own machine everything, all others the probes.

And the other workers of the cluster what they pass on of their clients' questions.

A peer address proves little by itself. A browser on another site can be made to send requests from
this very machine (hence: loopback Host, no foreign Origin, JSON only as application/json, which
bodies.py sees to), and a proxy on it speaks for the whole world (hence: no forwarding headers).
"""

import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from orchestrator.web.caller import LOCAL, identify
from orchestrator.web.problems import Handler, Problem

OPEN_PATHS = frozenset(
    {"/health", "/health/live", "/health/ready", "/stats", "/ledger", "/metrics"}
)
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

HOP_HEADER = "Orchestrator-Hop"
"""On a question that a worker passes on: whoever gets it does not pass it on again."""

PASSED_ON: Mapping[tuple[str, str], Callable[[web.Request], bool]] = {
    ("GET", "/learners/{learner_id}/state"): lambda _: True,
    ("POST", "/internal/trigger"): lambda request: request.query.get("dry_run") == "true",
}
"""(method, route) of all that workers pass on to one another; nothing of it changes anything."""

WHAT_TO_DO = (
    "Without access tokens only this machine itself may ask this: curl http://localhost:<PORT>."
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


def access(cluster_token: str | None) -> Middleware:
    """A middleware that answers 403 to whoever may not ask, before routing tells what exists.

    Let in is whom `loopback_only` lets in; and, from anywhere, a question that another worker has
    passed on, with `cluster_token`.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        reason = loopback_only(
            peer_of(request),
            request.headers.getall("Host", ()),
            request.headers,
            request.path,
            request.method,
        )
        if reason is not None and not _comes_from_worker(request, cluster_token):
            raise Problem(403, f"Refused: {reason}. {WHAT_TO_DO}")
        identify(request, LOCAL)
        return await handler(request)

    return check


def _comes_from_worker(request: web.Request, cluster_token: str | None) -> bool:
    if cluster_token is None or HOP_HEADER not in request.headers:
        return False
    resource = request.match_info.route.resource
    is_passed_on = PASSED_ON.get((request.method, resource.canonical if resource else ""))
    given = request.headers.getall("Authorization", [])
    return (
        is_passed_on is not None
        and is_passed_on(request)
        and len(given) == 1
        and _is_bearer(given[0], cluster_token)
    )


def _is_bearer(authorization: str, token: str) -> bool:
    """Takes the same time however much of the token is right, and however long it is."""
    scheme, _, given = authorization.partition(" ")
    digests = [sha256(text.encode(errors="surrogateescape")).digest() for text in (given, token)]
    return scheme.lower() == "bearer" and hmac.compare_digest(*digests)


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
