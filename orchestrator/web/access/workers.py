"""What a worker asks another in the name of its own caller.

The asking worker has checked what its caller may do, so the scope is settled; it says who that is,
and the tenant that the caller is bound to goes with the question, to be held to there as well.
"""

import hmac
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from aiohttp import web

from orchestrator.api_tokens import digest_of
from orchestrator.scope import Scope
from orchestrator.web.access.bearer import bearer
from orchestrator.web.caller import Caller

HOP_HEADER = "Orchestrator-Hop"
"""On a question that a worker passes on, "name" or "name:tenant" of the caller, percent-encoded.

Whoever gets it does not pass it on again.
"""

PASSED_ON: Mapping[tuple[str, str], Callable[[web.Request], bool]] = {
    ("GET", "/learners/{learner_id}/state"): lambda _: True,
    ("GET", "/learners/{learner_id}/why"): lambda _: True,
    ("POST", "/internal/trigger"): lambda request: request.query.get("dry_run") == "true",
}
"""(method, route) of all that workers pass on to one another; nothing of it changes anything."""

RIGHTS = frozenset({Scope.READ, Scope.TRIGGER})
"""As many as PASSED_ON needs."""


def on_behalf_of(caller: Caller) -> str:
    """The HOP_HEADER of a question that `caller` has asked."""
    parts = [caller.name] if caller.tenant is None else [caller.name, caller.tenant]
    return ":".join(quote(part, safe="") for part in parts)


def asked_for(request: web.Request) -> Caller | None:
    """The caller that the HOP_HEADER tells of, whether or not that is to be believed."""
    given = request.headers.getall(HOP_HEADER, [])
    if len(given) != 1:
        return None
    name, bound, tenant = (unquote(part) for part in given[0].partition(":"))
    return Caller(name, RIGHTS, tenant if bound else None, via_worker=True)


def other_workers_caller(request: web.Request, cluster_token: str | None) -> Caller | None:
    """For whom another worker asks; None if this is not a worker, or nothing that they ask."""
    given = bearer(request)
    if cluster_token is None or given is None or not _is_passed_on(request):
        return None
    is_worker = hmac.compare_digest(digest_of(given), digest_of(cluster_token))
    return asked_for(request) if is_worker else None


def _is_passed_on(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    known = PASSED_ON.get((request.method, resource.canonical if resource else ""))
    return known is not None and known(request)
