"""What is not even HTTP: answered as a problem, too, and logged in a line instead of a traceback.

Such requests never reach a middleware. aiohttp would send their own bytes back to them, and log an
error with a traceback for each, so that one port scan would look like an outage.
"""

import asyncio
from typing import Any

import structlog
from aiohttp import web

from orchestrator.web.problems import HEADERS, Problem, of_aiohttp

log = structlog.stdlib.get_logger(__name__)


class Connection(web.RequestHandler):
    """One connection of a client's."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the request
    ) -> web.StreamResponse:
        """The answer to what could not be parsed, or failed outside of the middlewares."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer had begun; it can only be cut off.")
        if status < 500:
            log.info("not an HTTP request", status=status, fault=type(exc).__name__)
            problem = Problem(
                status, "This is not an HTTP request that can be read.", headers=HEADERS
            )
        else:
            log.error("a request failed outside of the views", exc_info=exc)
            problem = Problem(status, "The orchestrator failed to answer.", headers=HEADERS)
        response = problem.response()
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer; one that was made before any middleware (417) as a problem, too."""
        if isinstance(resp, web.HTTPException):
            resp = of_aiohttp(resp).response()
            resp.headers.update(HEADERS)
        return await super().finish_response(request, resp, start_time)


class Server(web.Server):
    """Makes a Connection of each connection."""

    def __init__(self, handler: Any, request_factory: Any, **limits: Any) -> None:
        self._limits = limits
        super().__init__(handler, request_factory=request_factory)

    def __call__(self) -> web.RequestHandler:
        """A connection has come."""
        return Connection(self, loop=asyncio.get_running_loop(), **self._limits)


class Runner(web.AppRunner):
    """Runs an application on our Server; `limits` are arguments of web.RequestHandler."""

    __slots__ = ("_limits",)

    def __init__(self, app: web.Application, *, shutdown_timeout: float, **limits: Any) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout)
        self._limits = limits

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return Server(made.request_handler, made.request_factory, access_log=None, **self._limits)
