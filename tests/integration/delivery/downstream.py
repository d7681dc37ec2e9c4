"""A real HTTP server that answers by a script, faults included."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from aiohttp import web

Reply = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
TalkRaw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Received(NamedTuple):
    """One request as it came in; `path` undecoded."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: object

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


@dataclass
class Downstream:
    """Remembers each request, and answers the n-th with the n-th reply of the script, then 200."""

    script: list[Reply] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    arrivals: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)
    broken_off: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    url: str = ""
    host: str = ""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        body = await request.read()
        one = Received(request.method, request.raw_path, request.headers, body, peer)
        self.received.append(one)
        self.arrivals.put_nowait(one)
        reply = self.script.pop(0) if self.script else status(200)
        try:
            return await reply(request)
        except asyncio.CancelledError:
            self.broken_off.put_nowait(one.key)
            raise

    async def arrived(self, count: int) -> None:
        """Wait until so many further requests have arrived."""
        async with asyncio.timeout(10):
            for _ in range(count):
                await self.arrivals.get()


@contextlib.asynccontextmanager
async def running(downstream: Downstream) -> AsyncIterator[Downstream]:
    """Serve on a free port of the loopback interface."""
    # Without routes: whatever path arrives is remembered as it is.
    server = web.Server(downstream.answer, access_log=None, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    downstream.host = f"{host}:{port}"
    downstream.url = f"http://{downstream.host}"
    try:
        yield downstream
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def talking(talk: TalkRaw) -> AsyncIterator[str]:
    """Serve bytes that are not quite HTTP; yields host:port."""
    talks: set[asyncio.Task[None]] = set()

    async def talk_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(_closing(talk, reader, writer)))

    server = await asyncio.start_server(talk_and_close, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for one in talks:
            one.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _closing(
    talk: TalkRaw, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        await talk(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def status(code: int, body: bytes = b"{}", **headers: str) -> Reply:
    """An ordinary response; a header's underscores are hyphens."""

    async def reply(_: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=code, body=body, headers=named)

    return reply


async def lost(request: web.BaseRequest) -> web.StreamResponse:
    """Accept the request (it is remembered), then reset the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def silent(_: web.BaseRequest) -> web.StreamResponse:
    """Accept, and never answer."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def stuck_body(request: web.BaseRequest) -> web.StreamResponse:
    """Answer 200 and a piece of the body, and never the rest."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"a piece")
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def dripping_body(request: web.BaseRequest) -> web.StreamResponse:
    """Answer 200, and a byte of the body every 20 ms, for ever."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b".")
        await asyncio.sleep(0.02)


async def broken_body(request: web.BaseRequest) -> web.StreamResponse:
    """Answer 422 and a piece of the body, then reset the connection."""
    response = web.StreamResponse(status=422, headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b"a piece")
    assert request.transport is not None
    request.transport.close()
    return response
