"""The worker's side of the process that watches the trials.

One worker of the cluster has it: who owns the first partition of the events. What it tells goes
into the topic of the trials, so that every worker shows the same; whoever takes the partition over
begins anew, and comes to the same figures. A canary whose guard rails nobody looks at any more is
ended, by any worker.
"""

import asyncio
import sys
import time
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
from orchestrator.trial.vigil import ENDS_AFTER_S, TOLD_AFTER_S, Vigil

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "orchestrator.trial")
LOOK_EVERY_S = 0.5
LETS_GO_AFTER_S = 3.0
"""Ownership comes and goes in a rebalance, and to begin anew takes long."""

COUNTS_ON_S = 60.0
"""How long the process may take to count what an ended trial still has before its end."""

DEAD = "the trials are not watched: the process has ended, see the log; it is started again"

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
        ends_after_s: float = ENDS_AFTER_S,
    ) -> None:
        """`sender` is asked for once something is to be written, when the app has started.

        `ends_after_s`: seconds after which a canary that nobody watches is ended.
        """
        self._child = Child("trials", command, environment_of(settings), self._take_line)
        self._trials = trials
        self._sender = sender
        self._is_owner = is_owner
        self._on_breach = on_breach
        self._on_over = on_over
        self._vigil = Vigil(trials, time.monotonic)
        self._ends_after_s = ends_after_s
        self._told: dict[str, bytes] = {}
        self._seen_ended: dict[str, float] = {}
        self._wanted_at = 0.0

    def trouble(self) -> str | None:
        """Why the trials are not watched, as far as this worker can tell; None if they are."""
        if self._child.has_failed and self._is_wanted():
            return DEAD
        for trial, seconds in self._vigil.unwatched_s().items():
            if seconds > TOLD_AFTER_S:
                return f"nobody has looked at the guard rails of {trial} for {seconds:.0f} s"
        return None

    def unwatched_s(self) -> float:
        """Seconds since the guard rails of the canary that runs were looked at; 0 without one."""
        return max(self._vigil.unwatched_s().values(), default=0.0)

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
                await self._end_unwatched()
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

    async def _end_unwatched(self) -> None:
        """Every worker does so: the one that should watch may be what is broken."""
        for trial, seconds in self._vigil.unwatched_s().items():
            if seconds < self._ends_after_s:
                continue
            reason = f"nobody had looked at its guard rails for {seconds / 60:.0f} minutes"
            try:
                await self._on_breach(self._trials.rows[trial], reason)
            except StreamError as error:
                log.warning("an unwatched canary is not ended yet", trial=trial, error=repr(error))

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
