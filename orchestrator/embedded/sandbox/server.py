"""The sandbox as a server in the running event loop."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from orchestrator.clock import Clock, SystemClock
from orchestrator.embedded.ports import free_port, require_free
from orchestrator.embedded.sandbox.bodies import ROUTES
from orchestrator.embedded.sandbox.calls import CallLog
from orchestrator.embedded.sandbox.faults import Fault, Mode, Service
from orchestrator.embedded.sandbox.panel import Panel
from orchestrator.embedded.sandbox.services import Services

LARGEST_BODY = 2 * 1024 * 1024


class Sandbox:
    """Both services on one port (a free one by default). Made and used within one event loop.

    `calls` is what they got; `put_fault` makes one misbehave. Stopped and started again, it is on
    the same port and still knows its calls.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int | None = None, clock: Clock | None = None
    ) -> None:
        self._host = host
        self._port = port or free_port(host)
        self._services = Services(clock or SystemClock())
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """What LEARNER_SVC_URL and NOTIFICATION_SVC_URL are set to."""
        return f"http://{self._host}:{self._port}"

    @property
    def calls(self) -> CallLog:
        """What both services got."""
        return self._services.calls

    async def start(self) -> None:
        """Listen. Raises PortTakenError."""
        require_free(self._host, self._port, "the sandbox")
        self._services.stopping.clear()
        self._runner = web.AppRunner(
            self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=1.0
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        """Stop listening; calls that are held back end without an answer."""
        self._services.stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def put_fault(
        self,
        service: Service,
        mode: Mode,
        times: int | None = None,
        retry_after: int | None = None,
        delay: float = 1.0,
    ) -> None:
        """Let `service` behave so for its next `times` calls, or until it is told otherwise."""
        self.put_faults(
            Fault(service=service, mode=mode, times=times, retry_after=retry_after, delay=delay)
        )

    def put_faults(self, *faults: Fault) -> None:
        """Let each one's service go through them one after the other, in place of what it did."""
        self._services.faults.put(*faults)

    async def wait_for(self, condition: Callable[[CallLog], bool], within: float = 10.0) -> None:
        """Wait until the calls satisfy `condition`. Raises TimeoutError after `within` seconds."""
        async with asyncio.timeout(within), self._services.news:
            await self._services.news.wait_for(lambda: condition(self.calls))

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        for route in ROUTES:
            handler = self._services.route(route.service, route.check)
            app.router.add_route(route.method, route.path, handler)
        Panel(self.calls, self._services.faults).add_to(app.router)
        return app
