"""Every error as RFC 9457 application/problem+json, by one middleware."""

import http
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import structlog
from aiohttp import web
from pydantic import BaseModel, Field

from orchestrator.errors import OrchestratorError

log = structlog.stdlib.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Server": "aivo"}
"""On every answer: nothing here may be kept by a cache or taken for another type by a browser."""

DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not know this method; see the Allow header.",
    500: "The orchestrator failed to answer; its log says why.",
}


class FieldFault(NamedTuple):
    """One wrong field: its dotted path ("data.overall_score"), and what is wrong with it."""

    field: str
    detail: str


class WrongField(BaseModel):
    """One wrong field of what was sent."""

    field: str = Field(description="its dotted path; query parameters begin with `query.`")
    detail: str


class ProblemDocument(BaseModel):
    """An error by RFC 9457; `detail` says what was found and what would do."""

    type: str = Field(default="about:blank", description="the title says it all")
    title: str = Field(description="the standard's words for the status")
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[WrongField] = Field(
        default=[], description="every wrong field; absent where no field is to blame"
    )


class Problem(OrchestratorError):
    """An answer that is an error. `detail` says what was found and what would do."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def response(self) -> web.Response:
        """The problem document: type, title, status, detail, and errors if there are any."""
        document = ProblemDocument(
            type="about:blank",
            title=http.HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
        )
        if self.errors:
            document.errors = [WrongField(field=name, detail=words) for name, words in self.errors]
        return web.Response(
            status=self.status,
            body=json.dumps(document.model_dump(exclude_unset=True)).encode(),
            content_type="application/problem+json",
            headers=self.headers,
        )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: whatever goes wrong below is answered as a problem."""
    response = await _answer(request, handler)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()
    except web.HTTPException as error:
        return of_aiohttp(error).response()
    except ConnectionError:  # the client has gone: there is nobody to answer
        raise
    except Exception:
        log.exception("a request failed", method=request.method, route=_route(request))
        return Problem(500, DETAILS[500]).response()


def of_aiohttp(error: web.HTTPException) -> Problem:
    """Routing's own errors (404, 405 with its Allow), without its HTML or text."""
    headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
    return Problem(error.status, DETAILS.get(error.status, error.reason), headers=headers)


def _route(request: web.Request) -> str:
    """The route's pattern, not the path: a path may hold a learner's id."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
