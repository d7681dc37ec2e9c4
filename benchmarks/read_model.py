"""What the read model costs a worker that decides: its CPU an event, with it and without it.

    python -m benchmarks.read_model --events 100000

A worker cannot be told to do without. So a worker that only decides (benchmarks/deciding.py) is
built twice: once with all that every worker follows of the cluster (policies, statistics,
decisions, bodies, pulse, ledger), once with nothing of it and the policy given by hand. Both decide
the same events, a backlog and so many a second, in turns.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.deciding import under_both_loads
from benchmarks.house import run, summary, table
from benchmarks.record import save
from orchestrator.clock import SystemClock
from orchestrator.observability.logs import configure_logging

GOAL = 0.10
"""Of the CPU an event without it."""

CPU = "microseconds of CPU an event"
WITHOUT = "without"
WAYS = {"with it": True, WITHOUT: False}

Say = Callable[[str], object]


async def measure(
    folder: Path, events: int, rate: int, seconds: int, runs: int, partitions: int, say: Say
) -> dict[str, Any]:
    """The figures of both ways under both loads, and what the read model adds to each."""
    taken: dict[str, dict[str, list[dict[str, float]]]] = {}
    for number in range(1, runs + 1):
        for way, follows in WAYS.items():
            say(f"run {number} of {runs}, {way} …")
            place = folder / f"{number} {way}"
            found = await under_both_loads(
                place, partitions, events, rate, seconds, follows=follows
            )
            for load, figures in found.items():
                say(f"  {load}: {figures[CPU]:.1f} microseconds of CPU an event")
                taken.setdefault(load, {}).setdefault(way, []).append(figures)
    return {"goal, share added": GOAL} | {load: compared(found) for load, found in taken.items()}


def compared(taken: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, Any]:
    """The figures of each way, and by how much the middle CPU an event is above that without."""
    cpu = {way: median(figures[CPU] for figures in found) for way, found in taken.items()}
    added = {way: each / cpu[WITHOUT] - 1 for way, each in cpu.items()}
    return {way: summary(found, CPU) | {"share added": added[way]} for way, found in taken.items()}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", default=100_000, show_default=True, help="That wait, a run.")
@click.option("--rate", default=1_000, show_default=True, help="Events a second that come then.")
@click.option("--seconds", default=20, show_default=True, help="For how long.")
@click.option("--runs", default=3, show_default=True)
@click.option("--partitions", default=12, show_default=True)
@click.option("--quick", is_flag=True, help="5,000 events, then 300 a second for 3 s; one run.")
def main(events: int, rate: int, seconds: int, runs: int, partitions: int, quick: bool) -> None:
    """Measure what the read model costs a worker that decides.

    \b
    Example:
      python -m benchmarks.read_model --quick
    """
    if quick:
        events, rate, seconds, runs = 5_000, 300, 3, 1
    configure_logging("ERROR", SystemClock())
    with tempfile.TemporaryDirectory(prefix="read-model-") as folder:
        work = measure(Path(folder), events, rate, seconds, runs, partitions, click.echo)
        figures = run(work)
    for load, found in figures.items():
        if isinstance(found, dict):
            click.echo(f"\n{load}\n{table(found)}")
    settings = {
        "events": events, "rate": rate, "seconds": seconds, "runs": runs, "partitions": partitions,
    }  # fmt: skip
    click.echo(f"Written to {save('read_model', settings, figures)}")


if __name__ == "__main__":
    main()
