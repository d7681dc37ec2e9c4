"""The worker's side of the process that keeps its history: started, watched, started again.

A worker decides and delivers all the same without it; /events and /actions then tell what was read
before, and /health says so.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from orchestrator.history.follower import Progress
from orchestrator.settings import Settings

log = structlog.get_logger(__name__)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
STOPS_WITHIN_S = 2.0
COMMAND = (sys.executable, "-m", "orchestrator.history")


class Keeper:
    """Runs the process for as long as it is run itself."""

    def __init__(self, settings: Settings, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._environment = _environment(settings)
        self._process: Process | None = None
        self._progress: Progress | None = None
        self._has_failed = False

    def trouble(self) -> str | None:
        """Why the history stands still, in a sentence; None if it does not, or has just begun."""
        if not self._has_failed:
            return None
        return "the history stands still: its process has ended, see the log; it is started again"

    @property
    def progress(self) -> Progress | None:
        """What the process has told last; None before it has."""
        return self._progress

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Keep it running until cancelled; it ends with this."""
        wait_s = FIRST_WAIT_S
        while True:
            code = await self._try_once()
            wait_s = FIRST_WAIT_S if self._progress is not None else min(LONGEST_WAIT_S, wait_s * 2)
            self._has_failed, self._progress = True, None
            log.warning("the history's process has ended", exit_code=code, again_in_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _try_once(self) -> int | None:
        """Its exit code; None if it could not be started, or spoke nonsense."""
        try:
            return await self._run_once()
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            log.warning("the history's process cannot be run", error=repr(error))
            return None

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            env=self._environment,
            start_new_session=True,  # the terminal's Ctrl-C is for the worker
        )
        self._process = process
        try:
            await self._listen(process)
            return await process.wait()
        finally:
            self._process = None
            await _end(process)

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._progress = Progress(**msgspec.json.decode(line, type=dict[str, int]))
            self._has_failed = False


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


def _environment(settings: Settings) -> Mapping[str, str]:
    """Ours; with the files that the command line has found for us."""
    files = {"POLICY_FILE": settings.policy_file, "MESSAGES_FILE": settings.messages_file}
    return {**os.environ, **{name: str(path) for name, path in files.items()}}
