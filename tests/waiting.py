"""Waiting for something to become true, with a deadline; never for time to pass."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

PAUSE = 0.02


def until(condition: Callable[[], bool], within: float = 10.0) -> None:
    """Return when the condition holds; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"waited {within:g} s in vain"
        time.sleep(PAUSE)


async def eventually(condition: Callable[[], bool | Awaitable[bool]], within: float = 10.0) -> None:
    """Return when the condition holds; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while not await _holds(condition):
        assert time.monotonic() < deadline, f"waited {within:g} s in vain"
        await asyncio.sleep(PAUSE)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else bool(answer)
