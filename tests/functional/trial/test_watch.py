"""The process that watches the trials, as its worker sees it: other programs play its part."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from orchestrator.core.trial_records import TrialKind, TrialRow, encode_trial
from orchestrator.errors import StreamError
from orchestrator.read_model.trial_figures import TrialFigures, encode_figures
from orchestrator.read_model.trials import KnownTrials
from orchestrator.settings import Settings
from orchestrator.stream.records import Record
from orchestrator.trial.watch import Watch
from tests.comparison_example import example_comparison
from tests.unit.stream.samples import record
from tests.waiting import eventually

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CANARY = TrialRow("canary-a-1", TrialKind.CANARY, "a", AT, percent=5.0)
FIGURES = TrialFigures("canary-a-1", 0, True, False, example_comparison(), looked_at=AT)
TELLS = "import sys; print(sys.argv[1], flush=True); sys.stdin.read()"
ENDS = "raise SystemExit(3)"
IS_SILENT = "import sys; sys.stdin.read()"


class Cluster:
    """What is told to the cluster: a log of the trials, which is heard at once."""

    def __init__(self) -> None:
        self.trials = KnownTrials()
        self.undone: list[str] = []
        self.refusals = 0
        self.hear(CANARY)

    def hear(self, row: TrialRow) -> None:
        self.trials.on_record(record(0, encode_trial(row), key=row.trial.encode()))

    async def send(self, _topic: str, records: Sequence[Record]) -> Any:
        for each in records:
            self.trials.on_record(record(1, each.value, key=each.key))

    async def undo(self, row: TrialRow, reason: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StreamError("Kafka is away")
        self.undone.append(reason)
        self.hear(TrialRow(row.trial, row.kind, row.version, AT, AT, reason, undone=True))

    async def note_end(self, _row: TrialRow) -> None:
        raise AssertionError("nothing has ended elsewhere")


@asynccontextmanager
async def watching(
    cluster: Cluster, program: str, *, is_owner: bool = True, ends_after_s: float = 60.0
) -> AsyncIterator[Watch]:
    watch = Watch(
        Settings(),
        cluster.trials,
        lambda: cluster,  # type: ignore[arg-type,return-value] # as far as it is asked
        is_owner=lambda: is_owner,
        on_breach=cluster.undo,
        on_over=cluster.note_end,
        command=(sys.executable, "-c", program, encode_figures(FIGURES).decode()),
        ends_after_s=ends_after_s,
    )
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_what_it_tells_is_written_for_all() -> None:
    cluster = Cluster()
    async with watching(cluster, TELLS) as watch:
        await eventually(lambda: cluster.trials.figures == {"canary-a-1": FIGURES})
        assert watch.trouble() is None
        assert watch.unwatched_s() < 30
    assert cluster.undone == []


async def test_one_that_dies_is_told_of_and_started_again() -> None:
    cluster = Cluster()
    async with watching(cluster, TELLS) as watch:
        await eventually(lambda: bool(cluster.trials.figures))
        first = watch.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: "not watched" in (watch.trouble() or ""))
        await eventually(lambda: watch.trouble() is None)
        assert watch.pid not in {None, first}


async def test_a_canary_that_nobody_watches_ends_even_if_kafka_is_away_at_first() -> None:
    cluster = Cluster()
    cluster.refusals = 2
    async with watching(cluster, ENDS, ends_after_s=1.0):
        await eventually(lambda: bool(cluster.undone))
    assert "nobody had looked at its guard rails" in cluster.undone[0]
    assert (len(cluster.undone), cluster.refusals) == (1, 0)
    assert cluster.trials.running() == []


async def test_a_process_that_lives_and_looks_at_nothing_watches_nothing() -> None:
    cluster = Cluster()
    async with watching(cluster, IS_SILENT, ends_after_s=1.0):
        await eventually(lambda: bool(cluster.undone))


async def test_a_worker_without_the_process_ends_it_as_well() -> None:
    cluster = Cluster()
    async with watching(cluster, TELLS, is_owner=False, ends_after_s=1.0) as watch:
        await eventually(lambda: bool(cluster.undone))
        assert watch.pid is None
