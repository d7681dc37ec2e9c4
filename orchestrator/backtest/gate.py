"""First of all: base against itself must be identical, or no difference means anything.

Not by the way that the comparison takes, which decides once for both, but by the reference
(core/fold.py), twice, in processes with different hash seeds and with different borders of the
batches: what depends on the order of a set, on an object's address or on where a batch ends shows.
"""

import tempfile
from pathlib import Path

from orchestrator.archive.source import DatedSource, Span
from orchestrator.backtest.gate_run import Digests, FoldPartition, first_that_differs, trace_of
from orchestrator.backtest.order import Order
from orchestrator.backtest.partitions import over_partitions
from orchestrator.backtest.processes import Reached
from orchestrator.comparison.summary import Gate
from orchestrator.core.event_codec import decode_event
from orchestrator.errors import InvalidEvent, NotDeterministic

HASH_SEEDS = (1, 2)
BATCHES = (2_000, 1_499)
ONE_IN = 4
"""Of so many partitions a sample has one."""


def pass_gate(
    source: DatedSource, order: Order, workers: int, reached: Reached, *, sample: bool = False
) -> Gate:
    """Decide all records by the base, twice; what the report says of it.

    `sample`: one partition in ONE_IN only. `reached` takes how many more records are done, of twice
    as many as there are. Raises NotDeterministic, with the first decision that differs.
    """
    chosen = sorted(order.spans)[:: ONE_IN if sample else 1]
    spans = {number: order.spans[number] for number in chosen}
    with tempfile.TemporaryDirectory(prefix="backtest-gate-") as name:
        folders = [Path(name) / str(seed) for seed in HASH_SEEDS]
        runs = []
        for folder, seed, batch in zip(folders, HASH_SEEDS, BATCHES, strict=True):
            folder.mkdir()
            work = FoldPartition(source, order, batch, folder)
            runs.append(over_partitions(work, spans, workers, reached, hash_seed=seed))
        for number in chosen:
            if runs[0][number] != runs[1][number]:
                raise NotDeterministic(_difference(source, number, runs, folders))
    return Gate(True, len(chosen), len(order.spans), _sentence(len(chosen), len(order.spans)))


def _difference(
    source: DatedSource, partition: int, runs: list[dict[int, Digests]], folders: list[Path]
) -> str:
    """Which partition, offset and event is the first that differs."""
    what = "the states that the learners end with differ, though no decision does"
    offset = first_that_differs(*(trace_of(folder, partition) for folder in folders))
    if offset is not None:
        event = _event(source, partition, offset)
        what = f"the first decision that differs is at offset {offset}, {event}"
    elif runs[0][partition].refusals != runs[1][partition].refusals:
        what = "the reasons for which records are refused differ"
    return (
        f"Base does not decide the same twice: in partition {partition} {what}. Something in a "
        "rule depends on more than event, state and policy: a set's order, a clock, chance. "
        "Until that is mended no comparison can be trusted, and neither can a replay."
    )


def _event(source: DatedSource, partition: int, offset: int) -> str:
    for chunk in source.chunks(partition, Span(offset, offset + 1)):
        for value in chunk.values:
            try:
                event = decode_event(value or b"")
            except InvalidEvent:
                break
            return f"event {event.id}"
    return "which is no event"


def _sentence(chosen: int, partitions: int) -> str:
    where = "all partitions" if chosen == partitions else f"{chosen} of {partitions} partitions"
    return (
        f"Base was held against itself in {where}, in two processes with different hash seeds and "
        "batches: every decision and every state had the same bytes."
    )
