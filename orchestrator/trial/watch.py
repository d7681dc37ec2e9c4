"""The worker's side of the process that watches the trials.

One worker of the cluster has it: who owns the first partition of the events. What it tells goes
into the topic of the trials, so that every worker shows the same; whoever takes the partition over
begins anew, and comes to the same figures.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

import structlog

from orchestrator.child import Child, environment_of
from orchestrator.core.trial_records import TrialRow
from orchestrator.errors import StreamError
from orchestrator.read_model.trial_figures import (
    FIGURES,
    TrialFigures,
    decode_figures,
    encode_figures,
)
from orchestrator.read_model.trials import KnownTrials
from orchestrator.settings import Settings
from orchestrator.stream.records import Record, Sender
from orchestrator.topics import TRIALS

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "orchestrator.trial")
LOOK_EVERY_S = 0.5
LETS_GO_AFTER_S = 3.0
"""Ownership comes and goes in a rebalance, and to begin anew takes long."""

COUNTS_ON_S = 60.0
"""How long the process may take to count what an ended trial still has before its end."""

OnBreach = Callable[[TrialRow, str], Awaitable[None]]
"""Undoes a canary, for a reason. Raises StreamError; it is called again then."""


OnOver = Callable[[TrialRow], Awaitable[None]]
"""Notes that a trial is over of which nobody has said so but its control records."""


class Watch:
    """Runs the process while a trial is in force, and while `is_owner`."""

    def __init__(
        self,
        settings: Settings,
        trials: KnownTrials,
        sender: Callable[[], Sender],
        *,
        is_owner: Callable[[], bool],
        on_breach: OnBreach,
        on_over: OnOver,
        command: Sequence[str] = COMMAND,
    ) -> None:
        """`sender` is asked for once something is to be written, when the app has started."""
        self._child = Child("trials", command, environment_of(settings), self._take_line)
        self._trials = trials
        self._sender = sender
        self._is_owner = is_owner
        self._on_breach = on_breach
        self._on_over = on_over
        self._told: dict[str, bytes] = {}
        self._seen_ended: dict[str, float] = {}
        self._wanted_at = 0.0

    def trouble(self) -> str | None:
        """Why the figures of the trials stand still; None if they do not, or are another's."""
        if not self._child.has_failed or not self._is_wanted():
            return None
        return "the trials are not watched: the process has ended, see the log; it is started again"

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._child.pid

    async def run(self) -> None:
        """Look, for ever."""
        running: asyncio.Task[None] | None = None
        try:
            while True:
                running = await self._run_if_wanted(running)
                await self._write()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await _stop(running)

    async def _run_if_wanted(self, running: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
        now = _now()
        if self._is_wanted():
            self._wanted_at = now
            return running or asyncio.create_task(self._child.run(), name="trials")
        if running is None or now - self._wanted_at < LETS_GO_AFTER_S:
            return running
        await _stop(running)
        self._told.clear()
        return None

    def _is_wanted(self) -> bool:
        return self._is_owner() and any(map(self._is_to_be_counted, self._trials.rows.values()))

    def _is_to_be_counted(self, row: TrialRow) -> bool:
        if row.is_running:
            return True
        figures = self._trials.figures.get(row.trial)
        if figures is not None and figures.is_whole:
            return False
        return _now() - self._seen_ended.setdefault(row.trial, _now()) < COUNTS_ON_S

    def _take_line(self, line: bytes) -> None:
        figures = decode_figures(line)
        self._told[figures.trial] = encode_figures(figures)

    async def _write(self) -> None:
        """What was told last goes into the topic; Kafka's absence is waited out."""
        told, self._told = self._told, {}
        if not told or not self._is_owner():
            return
        try:
            await self._sender().send(
                TRIALS, [Record(f"{trial}{FIGURES}".encode(), raw) for trial, raw in told.items()]
            )
            for raw in told.values():
                await self._heed(decode_figures(raw))
        except StreamError as error:
            log.warning("the figures of the trials are not written", error=repr(error))

    async def _heed(self, figures: TrialFigures) -> None:
        row = self._trials.rows.get(figures.trial)
        if row is None or not row.is_running:
            return
        if figures.is_whole:
            await self._on_over(row)
        elif figures.breach:
            await self._on_breach(row, figures.breach)


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _now() -> float:
    return asyncio.get_running_loop().time()
