"""What each route asks of a caller: told by the views when they are mounted."""

from collections.abc import Mapping, MutableMapping

from aiohttp import web

from orchestrator.scope import Scope

Scopes = MutableMapping[str, Mapping[str, Scope | None]]
"""Of each route's pattern ("/learners/{learner_id}/state") the scope by method; None: open."""


def route_of(request: web.Request) -> str | None:
    """The pattern, which names no learner; None where there is no such route or method."""
    resource = request.match_info.route.resource
    return None if resource is None else resource.canonical


def scope_of(scopes: Scopes, request: web.Request) -> Scope | None:
    """What the request needs; None: nothing. Raises KeyError if its view does not say.

    So it does for an address or a method that is not there.
    """
    method = "GET" if request.method == "HEAD" else request.method
    return scopes[route_of(request) or ""][method]


def is_open(scopes: Scopes, request: web.Request) -> bool:
    """Whether anybody may ask this, while tokens are set."""
    try:
        return scope_of(scopes, request) is None
    except KeyError:  # a method that an open address has not: there is nothing to hide about it
        methods = scopes.get(request.path, {"": Scope.ADMIN})
        return all(scope is None for scope in methods.values())
