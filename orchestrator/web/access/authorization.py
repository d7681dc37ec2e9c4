"""Whether the caller may do what the route does."""

from aiohttp import web
from aiohttp.typedefs import Middleware

from orchestrator.web.access.bearer import too_little
from orchestrator.web.access.routes import Scopes, route_of, scope_of
from orchestrator.web.caller import caller_of
from orchestrator.web.problems import Handler


def authorization(scopes: Scopes) -> Middleware:
    """A middleware that answers 403 to a caller without the scope that the view names.

    What is not there is let through, to be answered by 404 or 405.
    """

    @web.middleware
    async def authorize(request: web.Request, handler: Handler) -> web.StreamResponse:
        if route_of(request) is not None:
            needed = scope_of(scopes, request)
            if needed is not None and needed not in caller_of(request).scopes:
                raise too_little(needed)
        return await handler(request)

    return authorize
