"""Waiting for one of several things, never for longer than told."""

import asyncio
from collections.abc import Iterable, Sequence

from orchestrator.delivery.lanes import Lane


async def all_rested(lanes: Iterable[Lane], seconds: float) -> None:
    """Return when every lane has rested, or after so many seconds."""
    waiters = [asyncio.ensure_future(lane.rested.wait()) for lane in lanes]
    if not waiters:
        return
    try:
        await asyncio.wait(waiters, timeout=seconds)
    finally:
        for waiter in waiters:
            waiter.cancel()


async def all_ended(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Let tasks end by themselves, and cancel those that take longer."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def either(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so many seconds."""
    waiter = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiter}, timeout=seconds)
    finally:
        waiter.cancel()
