"""Running an app until it is told to stop, or cannot go on."""

from __future__ import annotations

import asyncio
import logging
import signal

import faust
import structlog
from mode.utils.locks import Event

logger = logging.getLogger(__name__)
log = structlog.stdlib.get_logger(__name__)

STOP_WITHIN_S = 8.0


async def serve(app: faust.App, stop_within_s: float = STOP_WITHIN_S) -> int:
    """Start the app and wait for SIGTERM, SIGINT or a crash; returns the exit code.

    0: told to stop, and everything under way was finished or given back in time. 1: it could not
    start, crashed, or took longer than `stop_within_s` to stop; what was not committed is read
    again by the next owner.
    """
    told = Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        await app.start()
    except Exception as error:  # noqa: BLE001 - said in a line, and the rest is stopped
        logger.error("the worker cannot start: %r", error)  # noqa: TRY400 - the line says it all
        await _stopped(app, stop_within_s)
        return 1
    await app.wait(told)
    reason = app.crash_reason
    if reason is not None:
        logger.error("the worker cannot go on: %s", reason)
    began = loop.time()
    log.info("worker stops", why="told to" if reason is None else "it cannot go on")
    in_time = await _stopped(app, stop_within_s)
    code = 0 if in_time and reason is None else 1
    log.info("worker stopped", exit_code=code, seconds=round(loop.time() - began, 3))
    return code


async def _stopped(app: faust.App, within_s: float) -> bool:
    """Stop the app; False if that took too long."""
    try:
        await asyncio.wait_for(app.stop(), within_s)
    except TimeoutError:
        logger.error(  # noqa: TRY400 - the stack of a time-out says nothing
            "stopping took over %.0f s, leaving the rest to the next owner", within_s
        )
        return False
    return True
