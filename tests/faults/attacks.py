"""What somebody does to an HTTP server who wishes it ill, by plain sockets."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress

from orchestrator.embedded.worker import WorkerProcess

HOST = "127.0.0.1"
HEAD = b"POST /internal/trigger HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

GIVEN_UP_AFTER_S = 60.0


class Held(AssertionError):
    """The server has not ended a connection that it should have."""


async def slow_headers(worker: WorkerProcess, lines: Iterable[bytes] = (HEAD,)) -> float:
    """Begin a request and add a header a second, until the server hangs up: after how long."""
    reader, writer = await asyncio.open_connection(HOST, worker.port)
    began = time.monotonic()
    writer.writelines(lines)
    closed = asyncio.create_task(reader.read())
    try:
        while time.monotonic() < began + GIVEN_UP_AFTER_S:
            done, _ = await asyncio.wait({closed}, timeout=1.0)
            if done:
                return time.monotonic() - began
            writer.write(b"X-A: b\r\n")
    finally:
        closed.cancel()
        await _close(writer)
    raise Held("a request that never ends is read for ever")


async def silence(worker: WorkerProcess) -> float:
    """Connect and say nothing: after how long the server hangs up."""
    reader, writer = await asyncio.open_connection(HOST, worker.port)
    began = time.monotonic()
    try:
        async with asyncio.timeout(GIVEN_UP_AFTER_S):
            await reader.read()
        return time.monotonic() - began
    finally:
        await _close(writer)


async def slow_body(worker: WorkerProcess) -> bytes:
    """A body of a byte a second: what the server says in the end."""
    reader, writer = await asyncio.open_connection(HOST, worker.port)
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n{")
    answer = asyncio.create_task(reader.readline())
    try:
        async with asyncio.timeout(GIVEN_UP_AFTER_S):
            while not (await asyncio.wait({answer}, timeout=1.0))[0]:
                writer.write(b" ")
        return await answer
    finally:
        answer.cancel()
        await _close(writer)


async def endless_chunks(worker: WorkerProcess) -> tuple[bytes, int]:
    """A chunked body without end: what the server says, and how many bytes it let itself be sent.

    Counted until the connection is closed; it may be read a while longer, so that the answer is
    seen.
    """
    reader, writer = await asyncio.open_connection(HOST, worker.port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    answer = asyncio.create_task(reader.readline())
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    try:
        async with asyncio.timeout(GIVEN_UP_AFTER_S):
            with suppress(ConnectionError):
                while not reader.at_eof():
                    writer.write(chunk)
                    await writer.drain()
                    sent += len(chunk)
                    await asyncio.sleep(0.01)
        return await answer, sent
    finally:
        answer.cancel()
        await _close(writer)


async def say(worker: WorkerProcess, raw: bytes) -> bytes:
    """Send these bytes, and no more: what the server says until it hangs up."""
    reader, writer = await asyncio.open_connection(HOST, worker.port)
    try:
        writer.write(raw)
        writer.write_eof()
        async with asyncio.timeout(GIVEN_UP_AFTER_S):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
