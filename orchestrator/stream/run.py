"""Running an app until it is told to stop, or cannot go on."""

from __future__ import annotations

import asyncio
import logging
import signal

import faust
from mode.utils.locks import Event

logger = logging.getLogger(__name__)

STOP_WITHIN_S = 9.0


async def serve(app: faust.App) -> int:
    """Start the app and wait for SIGTERM, SIGINT or a crash; returns the exit code.

    0: told to stop, and everything under way was finished or given back in time. 1: crashed, or the
    stop took longer than STOP_WITHIN_S; what was not committed is read again by the next owner.
    """
    told = Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await app.start()
    await app.wait(told)
    reason = app.crash_reason
    if reason is not None:
        logger.error("the worker cannot go on: %s", reason)
    try:
        await asyncio.wait_for(app.stop(), STOP_WITHIN_S)
    except TimeoutError:
        logger.error(  # noqa: TRY400 - the stack of a time-out says nothing
            "stopping took over %.0f s, leaving the rest to the next owner", STOP_WITHIN_S
        )
        return 1
    return 0 if reason is None else 1
