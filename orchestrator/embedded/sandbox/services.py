"""A service of the sandbox: takes a call down, then answers it as the fault in force says."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from orchestrator.clock import Clock
from orchestrator.embedded.sandbox.answers import apply, refuse
from orchestrator.embedded.sandbox.bodies import Check
from orchestrator.embedded.sandbox.calls import Call, CallLog
from orchestrator.embedded.sandbox.connection import reset_connection
from orchestrator.embedded.sandbox.faults import FaultBoard, Mode, Service

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Services:
    """Both services: what they were called for, how they are to behave, and who waits for news."""

    def __init__(self, clock: Clock) -> None:
        self.calls = CallLog()
        self.faults = FaultBoard()
        self.news = asyncio.Condition()
        self.stopping = asyncio.Event()
        self._clock = clock

    def route(self, service: Service, check: Check) -> Handler:
        """Return the handler of one of the service's routes."""

        async def handle(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            call = self._take_down(request, service, raw)
            await self._announce()
            try:
                return await self._play(request, call, lambda: apply(self.calls, call, raw, check))
            finally:
                await self._announce()

        return handle

    async def _announce(self) -> None:
        async with self.news:
            self.news.notify_all()

    def _take_down(self, request: web.Request, service: Service, raw: bytes) -> Call:
        body = _json_or_text(raw)
        user = body.get("user_id", "") if isinstance(body, dict) else ""
        call = Call(
            service=service,
            method=request.method,
            path=request.raw_path,
            learner_id=request.match_info.get("learner_id", str(user)),
            key=request.headers.get("Idempotency-Key", ""),
            tenant_id=request.headers.get("X-Tenant-Id", ""),
            headers=dict(request.headers),
            body=body,
            digest=hashlib.sha256(raw).digest()[:8],
            received_at=self._clock.now(),
            monotonic=time.monotonic(),
        )
        self.calls.add(call)
        return call

    async def _play(
        self, request: web.Request, call: Call, answer: Callable[[], web.Response]
    ) -> web.StreamResponse:
        fault = self.faults.take(call.service)
        call.mode = fault.mode
        match fault.mode:
            case Mode.OK:
                return answer()
            case Mode.SLOW:
                await self._hold(fault.delay)
                return answer()
            case Mode.SLOW_BODY:
                return await self._trickle(request, answer(), fault.delay)
            case Mode.TIMEOUT:
                await self._hold(None)
            case Mode.ACCEPT_THEN_RESET:
                answer()
                call.status = None
            case Mode.SERVER_ERROR | Mode.TOO_MANY | Mode.BAD_REQUEST:
                return refuse(call, int(fault.mode), "as PUT /faults asked", fault.retry_after)
        return reset_connection(request)

    async def _trickle(
        self, request: web.Request, answer: web.Response, seconds: float
    ) -> web.StreamResponse:
        """Send the head and half of the body, and the rest after so many seconds."""
        body = bytes(answer.body) if isinstance(answer.body, bytes) else b""
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        await self._hold(seconds)
        await response.write(body[len(body) // 2 :])
        return response

    async def _hold(self, seconds: float | None) -> None:
        """Wait that long, or (None) for as long as the sandbox runs."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return


def _json_or_text(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
