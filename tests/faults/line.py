"""A line between a worker and Kafka, or a service, on which a test strikes at one message.

The worker is the real one: it is told this line's port instead of the server's. The message that
springs a trap is held: the server never hears of it, or the worker never hears the answer, unless
the test releases it.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
CHUNK = 64 * 1024

Moment = Callable[[bytes, bool], bool]
"""(a request, whether it is answered: else the server has not seen it) -> whether to strike."""


class Trap:
    """A moment that is waited for: `sprung` once it has come; `released` lets the message go on."""

    def __init__(self, moment: Moment, strike: Callable[[], None], nth: int) -> None:
        self._moment = moment
        self._strike = strike
        self._left = nth
        self.sprung = asyncio.Event()
        self.released = asyncio.Event()

    async def pass_by(self, request: bytes, *, answered: bool) -> None:
        """Return at once, or, if this is the moment, once the message may go on."""
        if self.sprung.is_set() or not self._moment(request, answered):
            return
        self._left -= 1
        if self._left == 0:
            self._strike()
            self.sprung.set()
            await self.released.wait()


class Line(ABC):
    """Passes on what is said between clients and the server at an address, host:port."""

    def __init__(self, address: str) -> None:
        self._server_host, port = address.split(":")
        self._server_port = int(port)
        self._trap: Trap | None = None
        self._server: asyncio.Server
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where clients connect to."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def address(self) -> str:
        """The same, as host:port."""
        return f"{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, HOST, 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def trap(self, moment: Moment, strike: Callable[[], None], nth: int = 1) -> Trap:
        """Strike at the nth such message from now on; a trap that was there is gone."""
        self._trap = Trap(moment, strike, nth)
        return self._trap

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.create_task(self._call(reader, writer))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: deque[bytes] = deque()
        try:
            answers, requests = await asyncio.open_connection(self._server_host, self._server_port)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._ask(reader, requests, asked))
                    both.create_task(self._answer(answers, writer, asked))
            finally:
                requests.close()
        except* (OSError, EOFError):
            pass  # one side has hung up
        finally:
            writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: deque[bytes]
    ) -> None:
        while True:
            request = await self._message(reader)
            asked.append(request)
            await self._pass_by(request, answered=False)
            writer.write(request)
            await writer.drain()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: deque[bytes]
    ) -> None:
        while True:
            answer = await self._message(reader)
            request = asked.popleft() if asked else b""
            await self._pass_by(request, answered=True)
            writer.write(self._amended(request, answer))
            await writer.drain()

    async def _pass_by(self, request: bytes, *, answered: bool) -> None:
        if self._trap is not None:
            await self._trap.pass_by(request, answered=answered)

    @abstractmethod
    async def _message(self, reader: asyncio.StreamReader) -> bytes:
        """The next message, whole. Raises EOFError once the other side has hung up."""

    def _amended(self, request: bytes, answer: bytes) -> bytes:
        """The answer as the client is to see it."""
        return answer


class HttpLine(Line):
    """In pieces as they come; a call here is small, so it is one piece."""

    async def _message(self, reader: asyncio.StreamReader) -> bytes:
        piece = await reader.read(CHUNK)
        if not piece:
            raise EOFError
        return piece


def called(_request: bytes, answered: bool) -> bool:
    """The service has done what it was asked, and the caller does not know."""
    return answered
