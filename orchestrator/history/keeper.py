"""The worker's side of the process that keeps its history.

A worker decides and delivers all the same without it; /events and /actions then tell what was read
before, and /health says so.
"""

import sys
from collections.abc import Sequence

import msgspec

from orchestrator.child import Child, environment_of
from orchestrator.history.follower import Progress
from orchestrator.settings import Settings

COMMAND = (sys.executable, "-m", "orchestrator.history")


class Keeper:
    """Runs the process for as long as it is run itself."""

    def __init__(self, settings: Settings, command: Sequence[str] = COMMAND) -> None:
        self._child = Child("history", command, environment_of(settings), self._take_line)
        self._progress: Progress | None = None

    def trouble(self) -> str | None:
        """Why the history stands still, in a sentence; None if it does not, or has just begun."""
        if not self._child.has_failed:
            return None
        return "the history stands still: its process has ended, see the log; it is started again"

    @property
    def progress(self) -> Progress | None:
        """What the process has told last; None before it has."""
        return None if self._child.has_failed else self._progress

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._child.pid

    async def run(self) -> None:
        """Keep it running until cancelled; it ends with this."""
        await self._child.run()

    def _take_line(self, line: bytes) -> None:
        self._progress = Progress(**msgspec.json.decode(line, type=dict[str, int]))
