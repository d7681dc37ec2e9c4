"""The comparison itself: a pair a partition, in as many processes as there are cores."""

import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from orchestrator.archive.source import DatedSource, Span
from orchestrator.backtest import resuming
from orchestrator.backtest.order import Order
from orchestrator.backtest.partitions import over_partitions
from orchestrator.backtest.processes import Reached
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.label_tally import LabelTally
from orchestrator.comparison.pair import Pair
from orchestrator.comparison.tally import Tally
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.state import LearnerState, decode_state

SAVE_EVERY_S = 10.0
SAVING_TAKES = 0.05
"""The share of the time that checkpoints may take at most, however many learners there are."""


class ComparePartition(Struct, frozen=True):
    """The work on one partition. `folder`: of the checkpoints; None: without any."""

    source: DatedSource
    order: Order
    folder: Path | None
    save_every_s: float

    def __call__(self, partition: int, span: Span, reached: Reached) -> resuming.Checkpoint:
        """Compare what is not compared yet; the whole as a checkpoint that is done."""
        path = None if self.folder is None else self.folder / f"partition-{partition}.checkpoint"
        found = None if path is None else resuming.read(path)
        if found is not None and found.is_done:
            reached(span.end - span.begin)
            return found
        pair = self._pair(partition, span, found)
        begin = max(span.begin, pair.offset + 1)
        reached(begin - span.begin)
        due = time.monotonic() + self.save_every_s
        for chunk in self.source.chunks(partition, Span(begin, span.end)):
            before = pair.offset
            pair.feed(chunk.offsets, chunk.keys, chunk.values)
            reached(pair.offset - max(before, span.begin - 1))
            if path is not None and time.monotonic() >= due:
                due = self._save(path, pair)
        done = resuming.checkpoint_of(pair, is_done=True)
        if path is not None:
            resuming.write(path, done)
        return done

    def _save(self, path: Path, pair: Pair) -> float:
        """Write a checkpoint; when the next is due."""
        began = time.monotonic()
        resuming.write(path, resuming.checkpoint_of(pair, is_done=False))
        ended = time.monotonic()
        return ended + max(self.save_every_s, (ended - began) / SAVING_TAKES)

    def _pair(self, partition: int, span: Span, found: resuming.Checkpoint | None) -> Pair:
        order = self.order
        labels = {key: dict(wanted) for key, wanted in order.labels.items()}
        tally = Tally(labels=LabelTally(labels)) if found is None else resuming.tally_of(found)
        pair = Pair(
            partition,
            order.base.load_earlier(),
            order.candidate.load_earlier(),
            tally,
            Coverage() if found is None else found.coverage,
            since=order.since,
            until=order.until,
            only=order.chosen(),
            states=self._states(partition) if found is None else None,
        )
        if found is None:
            pair.offset = span.begin - 1
        else:
            resuming.bring_back(pair, found)
        return pair

    def _states(self, partition: int) -> Mapping[bytes, LearnerState]:
        if partition not in self.order.from_snapshot:
            return {}
        chosen = self.order.chosen()
        return {
            key: decode_state(raw)
            for key, raw in snapshot_rows(self.source, partition).items()
            if chosen is None or chosen(key)
        }


def compare(
    source: DatedSource,
    order: Order,
    workers: int,
    reached: Reached,
    *,
    folder: Path | None = None,
    save_every_s: float = SAVE_EVERY_S,
) -> tuple[Tally, Coverage]:
    """What differs, and what was looked at, over all partitions.

    The same whatever the number of processes, and whether or not it was killed in between.
    `reached` takes how many more records are done. `folder`: to go on from, and for checkpoints.
    Raises ProcessDied, CannotResume, and what the source raises.
    """
    work = ComparePartition(source, order, folder, save_every_s)
    parts = over_partitions(work, order.spans, workers, reached)
    tally, coverage = Tally(), Coverage()
    if order.labels:
        tally.labels.awaited = {key: dict(wanted) for key, wanted in order.labels.items()}
    for _, part in sorted(parts.items()):
        tally.merge(resuming.tally_of(part))
        coverage.add(part.coverage)
    return tally, coverage


def snapshot_rows(source: DatedSource, partition: int) -> dict[bytes, bytes]:
    """The learners' states as the source has them; the partition's counters are left out."""
    rows = source.states(partition) or {}
    return {key: raw for key, raw in rows.items() if key != COUNTERS_KEY}
