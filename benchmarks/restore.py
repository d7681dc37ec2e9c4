"""Restoring all learners from the changelog, as a worker does that takes their partitions over.

    python -m benchmarks.restore --learners 1000000

Writes one state a learner to the changelog, each with eight recent ids; then a process that holds
nothing reads them back into its table. The store is the memory: there is no other, so nothing is
said of RocksDB. Nor is there anything in the changelog but the newest states: one that Kafka has
not compacted yet takes longer by what is obsolete in it.
"""

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any, cast

import click
from faust.types import TP

from benchmarks.house import (
    Child,
    kafka_of_the_product,
    resident_bytes,
    run,
    sender_to,
    summary,
    table,
)
from benchmarks.learners import rows
from benchmarks.record import save
from orchestrator.clock import SystemClock
from orchestrator.observability.logs import configure_logging
from orchestrator.stream.app import StreamApp
from orchestrator.stream.client import client_settings
from orchestrator.stream.records import Record, Sender
from orchestrator.stream.starts import Span
from orchestrator.stream.tables import PartitionTables
from orchestrator.topics import EVENTS, LEARNER_STATE_CHANGELOG
from tables.learner_state import learner_state

GOAL_KEYS, GOAL_BYTES = 100_000, 1_024
"""Keys a second, and bytes of memory a learner."""

RECENT_IDS = 8
WRITTEN_AT_ONCE = 20_000

Say = Callable[[str], object]


async def measure(
    folder: Path, learners: int, runs: int, partitions: int, say: Say
) -> dict[str, Any]:
    """The figures: each run in a process of its own, of one and the same changelog."""
    taken = []
    async with kafka_of_the_product(folder, partitions) as kafka:
        async with sender_to(kafka) as sender:
            value_bytes = await write(sender, learners, say)
        for number in range(1, runs + 1):
            say(f"restoring {learners:,} learners, run {number} of {runs} …")
            with Child(restored, kafka.bootstrap_servers, partitions, learners) as child:
                taken.append(await child.receive())
            say(f"  {taken[-1]['keys/s']:,.0f} keys/s")
    return {
        "goal, keys/s": GOAL_KEYS,
        "goal, resident bytes a learner": GOAL_BYTES,
        "bytes a learner in the changelog, key and value": value_bytes / learners,
        **summary(taken, "keys/s"),
    }


async def write(sender: Sender, learners: int, say: Say) -> int:
    """Fill the changelog; returns the bytes of all keys and values."""
    written = size = 0
    for group in groups(rows(learners, RECENT_IDS), WRITTEN_AT_ONCE):
        await sender.send(LEARNER_STATE_CHANGELOG, [Record(*row) for row in group])
        written += len(group)
        size += sum(len(key) + len(value) for key, value in group)
        if not written % (10 * WRITTEN_AT_ONCE):
            say(f"{written:,} of {learners:,} learners are in the changelog …")
    return size


def groups(rows: Iterable[tuple[bytes, bytes]], count: int) -> Iterator[list[tuple[bytes, bytes]]]:
    """So many at a time."""
    rows = iter(rows)
    while group := list(islice(rows, count)):
        yield group


def restored(send: Callable[[Any], None], servers: str, partitions: int, learners: int) -> None:
    """In a process of its own: send the figures of one restoration."""
    configure_logging("ERROR", SystemClock())
    send(run(restoring(servers, partitions, learners)))


async def restoring(servers: str, partitions: int, learners: int) -> dict[str, float]:
    """What a worker does between being given partitions and reading their first event."""
    app = StreamApp("restore", bootstrap_servers=[servers], web_enabled=False)
    states = learner_state(app)
    tables = cast("PartitionTables", app.tables)
    sources = [TP(EVENTS, number) for number in range(partitions)]
    gc.collect()
    before = resident_bytes(os.getpid())
    used, began = time.process_time(), time.perf_counter()
    count = await tables.restore(client_settings(app), sources)
    seconds, spent = time.perf_counter() - began, time.process_time() - used
    assert count == learners == sum(len(states.partition(number)) for number in range(partitions))
    began = time.perf_counter()
    tables.verify(dict.fromkeys(sources, Span(0, 0, None)))
    checked = time.perf_counter() - began
    gc.collect()
    most = getrusage(RUSAGE_SELF).ru_maxrss * 1024
    return {
        "keys/s": count / seconds,
        "seconds": seconds,
        "microseconds of CPU a key": spent / count * 1e6,
        "seconds to check the rows after it": checked,
        "resident bytes a learner": (resident_bytes(os.getpid()) - before) / count,
        "resident bytes a learner, at most meanwhile": (most - before) / count,
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--learners", default=1_000_000, show_default=True)
@click.option("--runs", default=3, show_default=True)
@click.option("--partitions", default=12, show_default=True, help="Of the changelog.")
@click.option("--quick", is_flag=True, help="50,000 learners, one run.")
def main(learners: int, runs: int, partitions: int, quick: bool) -> None:
    """Measure how fast learners are restored from the changelog, and what they take of memory.

    \b
    Example:
      python -m benchmarks.restore --quick
    """
    if quick:
        learners, runs = 50_000, 1
    configure_logging("ERROR", SystemClock())
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        figures = run(measure(Path(folder), learners, runs, partitions, click.echo))
    click.echo(table({"restore": figures}))
    settings = {
        "learners": learners,
        "recent ids": RECENT_IDS,
        "runs": runs,
        "partitions": partitions,
        "store": "memory",
    }
    click.echo(f"Written to {save('restore', settings, figures)}")


if __name__ == "__main__":
    main()
