"""Who asks."""

import asyncio
import ipaddress
from typing import NoReturn

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from orchestrator.api_tokens import find_token
from orchestrator.observability.logs import AUDIT
from orchestrator.web.access.bearer import bearer, no_token, too_often, wrong_token
from orchestrator.web.access.loopback import WHAT_TO_DO, loopback_only, peer_of
from orchestrator.web.access.rate_limit import Buckets
from orchestrator.web.access.routes import Scopes, is_open, route_of
from orchestrator.web.access.rules import Rules
from orchestrator.web.access.workers import asked_for, other_workers_caller
from orchestrator.web.caller import ANYBODY, LOCAL, Caller, identify
from orchestrator.web.problems import Handler, Problem

log = structlog.stdlib.get_logger(AUDIT)

WRONG_BURST = 20
WRONG_RATE = 0.2
"""Wrong tokens that a peer may show at once, and a second. A right one is taken at any time: all
callers behind one proxy are one peer, and a bad one among them must not lock out the others."""


def authentication(rules: Rules, scopes: Scopes) -> Middleware:
    """A middleware that finds out who asks, before routing tells what exists.

    Answers 403 while no tokens are set, to whom `loopback_only` does not let in; 401 and 429 if
    some are. A question of another worker is taken either way.
    """
    asked, wrong = Buckets(rules.rate, rules.burst), Buckets(WRONG_RATE, WRONG_BURST)

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        caller = other_workers_caller(request, rules.cluster_token)
        if caller is None and not rules.tokens:
            caller = _on_this_machine(request)
        elif caller is None:
            caller = _with_token(rules, scopes, request, asked, wrong)
        identify(request, caller)
        return await handler(request)

    return authenticate


def _on_this_machine(request: web.Request) -> Caller:
    hosts = request.headers.getall("Host", ())
    refusal = loopback_only(peer_of(request), hosts, request.headers, request.path, request.method)
    if refusal is not None:
        raise Problem(403, f"Refused: {refusal}. {WHAT_TO_DO}")
    passed_on = asked_for(request)  # may be anybody's word, but takes away, and gives nothing
    return LOCAL if passed_on is None else LOCAL._replace(tenant=passed_on.tenant, via_worker=True)


def _with_token(
    rules: Rules, scopes: Scopes, request: web.Request, asked: Buckets, wrong: Buckets
) -> Caller:
    if is_open(scopes, request):
        return ANYBODY
    given, now = bearer(request), asyncio.get_running_loop().time()
    if given is None:
        raise no_token()
    token = find_token(rules.tokens, given)
    if token is None:
        _refuse_wrong(request, wrong, now)
    wait_s = asked.take(token.name, now)
    if wait_s:
        raise too_often(f"{token.name} asks more often than API_RATE and API_BURST allow.", wait_s)
    return Caller(token.name, token.scopes, token.tenant)


def _refuse_wrong(request: web.Request, wrong: Buckets, now: float) -> NoReturn:
    peer = peer_of(request) or ""
    wait_s = wrong.take(network_of(peer), now)
    if wait_s:
        raise too_often("Too many wrong tokens have come from this address.", wait_s)
    log.warning("a wrong token", peer=peer, method=request.method, route=route_of(request))
    raise wrong_token()


def network_of(peer: str) -> str:
    """An IPv4 address itself; of an IPv6 address the /64, all of which is one machine's."""
    try:
        ip = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(ip, ipaddress.IPv4Address) or ip.ipv4_mapped is not None:
        return str(getattr(ip, "ipv4_mapped", ip))
    return str(ipaddress.ip_network((ip, 64), strict=False))
