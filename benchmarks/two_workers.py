"""What a second worker costs: CPU an event of one worker and of two, under the same load.

    python -m benchmarks.two_workers --rate 1000 --seconds 20

Whole workers, with a Kafka, a Valkey and a sandbox of their own in each run, in turns: first so
many events a second, then many at once. Two cores that also bear the servers cannot show that two
workers do more in the same time; what an event costs, they can.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.house import (
    House,
    cpu_seconds,
    done,
    fill,
    first,
    load,
    run,
    statistics,
    summary,
    table,
)
from benchmarks.record import save
from orchestrator.embedded.worker import WorkerProcess

GOAL = 1.15
"""The CPU an event of two workers, as a multiple of that of one."""

ONE = "one worker"
WAYS = {ONE: 1, "two workers": 2}
CPU = "microseconds of CPU an event, all workers"
WARM_UP_S = 3.0
JOINED_WITHIN_S = 30.0

Say = Callable[[str], object]


async def measure(
    folder: Path, rate: int, seconds: int, at_once: int, runs: int, partitions: int, say: Say
) -> dict[str, Any]:
    """By load and number of workers."""
    taken: dict[str, dict[str, list[dict[str, float]]]] = {}
    for number in range(1, runs + 1):
        for way, workers in WAYS.items():
            say(f"run {number} of {runs}, {way} …")
            place = folder / f"{number}-{workers}"
            found = await one_run(place, workers, rate, seconds, at_once, partitions)
            for name, figures in found.items():
                say(f"  {name}: {figures[CPU]:.0f} microseconds of CPU an event")
                taken.setdefault(name, {}).setdefault(way, []).append(figures)
    goal: dict[str, Any] = {"goal, a multiple of one worker": GOAL}
    return goal | {name: compared(found) for name, found in taken.items()}


async def one_run(
    folder: Path, workers: int, rate: int, seconds: int, at_once: int, partitions: int
) -> dict[str, dict[str, float]]:
    """By load, on servers of its own."""
    with House(folder) as house, ExitStack() as stack:
        settings = {"TOPIC_PARTITIONS": str(partitions)}
        names = [f"worker-{number}" for number in range(workers)]
        cluster = [stack.enter_context(house.worker(name, **settings)) for name in names]
        await joined(cluster)
        url, rng = house.valkey.url, random.Random(1)
        written = await load(url, rate, WARM_UP_S, rng)
        await done(cluster[0], written)
        steady = await watched(house, cluster, written, load(url, rate, seconds, rng))
        written += int(steady["events"])
        flood = await watched(house, cluster, written, fill(url, at_once, rng))
        return {f"{rate:,} events/s": steady, f"{at_once:,} events at once": flood}


async def watched(
    house: House,
    cluster: Sequence[WorkerProcess],
    already: int,
    writing: Coroutine[Any, Any, int],
) -> dict[str, float]:
    """From the first event until all are decided and their actions have ended."""
    used, began = cpu(house, cluster), time.perf_counter()
    events = await writing
    await done(cluster[0], already + events)
    seconds = time.perf_counter() - began
    kafka, *workers = [
        after - before for before, after in zip(used, cpu(house, cluster), strict=True)
    ]
    return {
        CPU: sum(workers) / events * 1e6,
        "the same of Kafka": kafka / events * 1e6,
        "events": events,
        "events/s until all are done": events / seconds,
        "cores, all workers": sum(workers) / seconds,
        "share of the busiest worker": max(workers) / sum(workers),
    }


def cpu(house: House, cluster: Sequence[WorkerProcess]) -> list[float]:
    """CPU seconds so far, of Kafka and of each worker."""
    return [cpu_seconds(server.pid) for server in (house.kafka, *cluster)]


async def joined(cluster: Sequence[WorkerProcess]) -> None:
    """Return when each worker has its share of the partitions. Raises TimeoutError."""
    async with asyncio.timeout(JOINED_WITHIN_S):
        for worker in cluster:
            await first(partial(statistics, worker), partial(is_whole, len(cluster)))


def is_whole(workers: int, found: Mapping[str, Any]) -> bool:
    """Whether a worker's figures say that so many have shared the partitions out."""
    return bool(found["is_initialized"]) and found["workers"] == workers


def compared(taken: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, Any]:
    """The figures of each way, and the middle CPU an event as a multiple of one worker's."""
    cpu = {way: median(figures[CPU] for figures in found) for way, found in taken.items()}
    return {
        way: summary(found, CPU) | {"a multiple of one worker": cpu[way] / cpu[ONE]}
        for way, found in taken.items()
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rate", default=1_000, show_default=True, help="Events a second.")
@click.option("--seconds", default=20, show_default=True, help="For how long.")
@click.option("--at-once", default=50_000, show_default=True, help="Events after that.")
@click.option("--runs", default=3, show_default=True)
@click.option("--partitions", default=12, show_default=True)
@click.option("--quick", is_flag=True, help="200 events a second for 3 s, 5,000 at once; one run.")
def main(rate: int, seconds: int, at_once: int, runs: int, partitions: int, quick: bool) -> None:
    """Measure what an event costs one worker, and two that share the work.

    \b
    Example:
      python -m benchmarks.two_workers --quick
    """
    if quick:
        rate, seconds, at_once, runs = 200, 3, 5_000, 1
    with tempfile.TemporaryDirectory(prefix="two-workers-") as folder:
        work = measure(Path(folder), rate, seconds, at_once, runs, partitions, click.echo)
        figures = run(work)
    for name, found in figures.items():
        if isinstance(found, dict):
            click.echo(f"\n{name}\n{table(found)}")
    settings = {
        "rate": rate,
        "seconds": seconds,
        "events at once": at_once,
        "runs": runs,
        "partitions": partitions,
    }
    click.echo(f"\nWritten to {save('two_workers', settings, figures)}")


if __name__ == "__main__":
    main()
