"""A process beside the worker, as the worker sees it: started, listened to, started again.

It tells on standard output how it is, a line at a time, and ends when its standard input does:
then its owner is gone (orchestrator/owner.py is its side). The worker does its own work all the
same without it.
"""

import asyncio
import contextlib
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence

import structlog

from orchestrator.settings import Settings

log = structlog.get_logger(__name__)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
STOPS_WITHIN_S = 2.0
LONGEST_LINE = 4 * 1024 * 1024
"""Bytes of a line that are taken: more than a record of Kafka may have."""


class Child:
    """Runs the process for as long as it is run itself."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        take_line: Callable[[bytes], None],
    ) -> None:
        """`name`: what the log calls it. `take_line` raises ValueError at what is nonsense."""
        self._name = name
        self._command = command
        self._environment = environment
        self._take_line = take_line
        self._process: Process | None = None
        self._has_spoken = False
        self._has_failed = False

    @property
    def has_failed(self) -> bool:
        """Whether it has ended, or spoken nonsense, and has said nothing since."""
        return self._has_failed

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Keep it running until cancelled; it ends with this."""
        wait_s = FIRST_WAIT_S
        while True:
            self._has_spoken = False
            code = await self._try_once()
            wait_s = FIRST_WAIT_S if self._has_spoken else min(LONGEST_WAIT_S, wait_s * 2)
            self._has_failed = True
            log.warning(
                "a process beside the worker has ended",
                process=self._name,
                exit_code=code,
                again_in_s=wait_s,
            )
            await asyncio.sleep(wait_s)

    async def _try_once(self) -> int | None:
        """Its exit code; None if it could not be started, or spoke nonsense."""
        try:
            return await self._run_once()
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            log.warning(
                "a process beside the worker cannot be run", process=self._name, error=repr(error)
            )
            return None

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            env=self._environment,
            limit=LONGEST_LINE,
            start_new_session=True,  # the terminal's Ctrl-C is for the worker
        )
        self._process = process
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                self._take_line(line)
                self._has_spoken, self._has_failed = True, False
            return await process.wait()
        finally:
            self._process = None
            await _end(process)


async def _end(process: Process) -> None:
    """Close its input, upon which it ends by itself; or have it end."""
    if process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(STOPS_WITHIN_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def environment_of(settings: Settings) -> Mapping[str, str]:
    """Ours; with the files that the command line has found for us."""
    files = {"POLICY_FILE": settings.policy_file, "MESSAGES_FILE": settings.messages_file}
    return {**os.environ, **{name: str(path) for name, path in files.items()}}
