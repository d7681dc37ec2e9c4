"""Who asks. The access middleware finds it out; the views ask it here."""

from typing import NamedTuple

from aiohttp import web

from orchestrator.scope import Scope
from orchestrator.web.problems import Problem

__all__ = [
    "ANYBODY",
    "LOCAL",
    "Caller",
    "Scope",
    "caller_of",
    "identify",
    "narrowed",
    "require_all_tenants",
    "require_tenant",
]


class Caller(NamedTuple):
    """`name` as in API_TOKENS; `tenant` is the only one the caller may see, None: all.

    `via_worker`: another worker has passed the question on.
    """

    name: str
    scopes: frozenset[Scope]
    tenant: str | None
    via_worker: bool = False


_KEY = web.RequestKey("caller", Caller)

LOCAL = Caller("local", frozenset(Scope), None)
"""Whoever is let in while no tokens are set."""

ANYBODY = Caller("anybody", frozenset(), None)
"""Whoever asks for what is open while tokens are set."""


def identify(request: web.Request, caller: Caller) -> None:
    """Note who has sent the request. For the access middleware alone."""
    request[_KEY] = caller


def caller_of(request: web.Request) -> Caller:
    """Who has sent the request. Raises KeyError on one that has not passed the middleware."""
    return request[_KEY]


def require_tenant(request: web.Request, tenant_id: str) -> None:
    """Raise Problem 404 when the caller is bound to another tenant."""
    bound_to = caller_of(request).tenant
    if bound_to is not None and bound_to != tenant_id:
        raise Problem(404, "There is no such tenant for this token, which is bound to one.")


def require_all_tenants(request: web.Request, what: str) -> None:
    """Raise Problem 403 when the caller is bound to a tenant: `what` ("The ledger") is of all."""
    if caller_of(request).tenant is not None:
        raise Problem(403, f"{what} is of all tenants, and this token is bound to one.")


def narrowed(request: web.Request, tenant_id: str | None) -> str | None:
    """The tenant that a list is to be cut down to; `tenant_id` is the one asked for, if any.

    None: all of them. Raises Problem 404 when the caller is bound to another one than asked for.
    """
    if tenant_id is not None:
        require_tenant(request, tenant_id)
    return tenant_id or caller_of(request).tenant
