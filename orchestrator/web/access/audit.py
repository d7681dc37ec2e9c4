"""Who has done what, and whose data was looked at: a line in the log "audit" for each.

Written is whatever changes something, whatever only an admin may ask, and every question about one
learner or one event, with its outcome, also when it was refused for lack of a scope. A line names
no learner: it has a hash of the learner's key under AUDIT_KEY, by which whoever knows both finds
the lines.
"""

import hmac
import secrets
from hashlib import sha256
from typing import NamedTuple

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from orchestrator.core.ids import learner_key
from orchestrator.observability.logs import AUDIT
from orchestrator.scope import Scope
from orchestrator.web.access.loopback import READING
from orchestrator.web.access.routes import Scopes, route_of, scope_of
from orchestrator.web.caller import caller_of
from orchestrator.web.problems import Handler, Problem

log = structlog.stdlib.get_logger(AUDIT)


class About(NamedTuple):
    """Whom a request is about, as far as it says."""

    tenant_id: str | None
    learner_id: str | None


_ABOUT = web.RequestKey("about", About)


def about(request: web.Request, tenant_id: str, learner_id: str) -> None:
    """Note whom a request is about; for views that find it in the body."""
    request[_ABOUT] = About(tenant_id, learner_id)


def audit(scopes: Scopes, key: str | None) -> Middleware:
    """A middleware that writes the lines; `key` is AUDIT_KEY, without it one is made up."""
    secret = secrets.token_bytes(32) if key is None else key.encode()

    @web.middleware
    async def write(request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 500
        try:
            response = await handler(request)
            status = response.status
        except (Problem, web.HTTPException) as error:
            status = error.status
            raise
        finally:
            if _is_audited(scopes, request):
                _write(request, status, secret)
        return response

    return write


def learner_hash(secret: bytes, tenant_id: str, learner_id: str) -> str:
    """HMAC-SHA-256 of the learner's key in Kafka (see core/ids.py), in hex."""
    return hmac.digest(secret, learner_key(tenant_id, learner_id), sha256).hex()


def _is_audited(scopes: Scopes, request: web.Request) -> bool:
    if route_of(request) is None:
        return False
    changes = request.method not in READING
    needed = scope_of(scopes, request)
    is_of_one = _whom(request).learner_id is not None or "id" in request.query
    return changes or needed is Scope.ADMIN or is_of_one


def _whom(request: web.Request) -> About:
    query = request.query
    learner = request.match_info.get("learner_id", query.get("learner_id"))
    return request.get(_ABOUT) or About(query.get("tenant_id"), learner)


def _write(request: web.Request, status: int, secret: bytes) -> None:
    caller, whom = caller_of(request), _whom(request)
    learner = None
    if whom.learner_id is not None:
        learner = learner_hash(secret, whom.tenant_id or caller.tenant or "", whom.learner_id)
    log.info(
        "access",
        caller=caller.name,
        via_worker=caller.via_worker,
        method=request.method,
        route=route_of(request),
        dry_run=request.query.get("dry_run") == "true",
        status=status,
        tenant=whom.tenant_id or caller.tenant,
        learner=learner,
    )
