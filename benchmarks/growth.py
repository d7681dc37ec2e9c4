"""Whether an event costs the same however much there is: learners, recent ids, partitions.

    python -m benchmarks.growth

Learners and recent ids by `fold` alone, which is where they are: the state of a learner is looked
up, decoded, and encoded again. All else is the same in each case: events, batches of 100 (so that
of few learners, too, hardly any comes twice in one), and sets of recent ids that are full already
where the learners grow. Partitions are nothing to `fold`, which is given one at a time; so they are
measured on a worker that only decides (benchmarks/deciding.py), in a process of its own on a real
Kafka: a backlog, and so many events a second as they come.
"""

import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.decide import Source, policy
from benchmarks.deciding import under_both_loads
from benchmarks.events import canonical, make_event
from benchmarks.house import run
from benchmarks.learners import rows
from benchmarks.record import save, spread
from orchestrator.clock import SystemClock
from orchestrator.core.fold import Batch, fold
from orchestrator.observability.logs import configure_logging

GOAL = 0.15
"""How far the costliest case may lie above the cheapest, as a share of that."""

BATCH = 100
WARM_UP = 2_000
BEGIN = datetime(2026, 3, 3, 8, tzinfo=UTC)
STEP = timedelta(milliseconds=1)
"""So short that nobody's session grows long: the same rules are to fire in each case."""
FIRST_OFFSET = 1_000_000
"""Beyond the places of all events that the learners know."""

LEARNERS: Sequence[int] = (1_000, 10_000, 100_000, 1_000_000)
RECENT_IDS: Sequence[int] = (0, 8, 16, 32, 64)
PARTITIONS: Sequence[int] = (1, 4, 16, 64)
CPU = "microseconds of CPU an event"

Say = Callable[[str], object]
Rows = Mapping[bytes, bytes]


def fold_by_learners(counts: Sequence[int], events: int, runs: int, say: Say) -> dict[str, Any]:
    """By how many learners there are, each with a full set of recent ids."""
    full = policy().event.recent_ids
    cases = {f"{count:,}": (count, full) for count in counts}
    return folded_cases(cases, events, runs, say)


def fold_by_recent_ids(
    sizes: Sequence[int], learners: int, events: int, runs: int, say: Say
) -> dict[str, Any]:
    """By how many recent ids each learner has: none to all that are kept."""
    return folded_cases({f"{size}": (learners, size) for size in sizes}, events, runs, say)


def folded_cases(
    cases: Mapping[str, tuple[int, int]], events: int, runs: int, say: Say
) -> dict[str, Any]:
    """By name, of (learners, recent ids): the microseconds an event; in turns, so that what the
    machine does meanwhile falls on all alike."""
    prepared = {}
    for name, (learners, recent_ids) in cases.items():
        say(f"  {learners:,} learners with {recent_ids} recent ids each …")
        prepared[name] = dict(rows(learners, recent_ids)), events_of(events, learners)
    for known, records in prepared.values():
        folded(records[:WARM_UP], known)
    taken: dict[str, list[float]] = {name: [] for name in cases}
    actions = {}
    for _ in range(runs):
        for name, (known, records) in prepared.items():
            cost, actions[name] = folded(records, known)
            taken[name].append(cost)
            say(f"  {name}: {cost:.2f} microseconds of CPU an event")
    assert len(set(actions.values())) == 1, f"not the same was decided: {actions}"
    return grown(taken)


def events_of(count: int, learners: int) -> list[Source]:
    """Events of these learners, of a time when all know their own events already."""
    rng = random.Random(3)
    found = []
    for number in range(count):
        at = BEGIN + STEP * number
        found.append(
            Source(*canonical(*make_event(number, rng, learners, at), at), FIRST_OFFSET + number)
        )
    return found


def folded(records: Sequence[Source], known: Rows) -> tuple[float, int]:
    """The microseconds of CPU an event, and how many actions came of all."""
    rules, table, actions = policy(), dict(known), 0
    batch = Batch("events", 0, {rules.version: rules}, rules.version, BEGIN)
    used = time.process_time()
    for first in range(0, len(records), BATCH):
        found = fold(batch, records[first : first + BATCH], table)
        table.update(found.changes)
        actions += len(found.actions)
    return (time.process_time() - used) / len(records) * 1e6, actions


async def decide_by_partitions(
    folder: Path, counts: Sequence[int], events: int, rate: int, seconds: int, runs: int, say: Say
) -> dict[str, Any]:
    """By how many partitions there are: a backlog, and events as they come."""
    taken: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, dict[str, list[float]]] = {}
    for number in range(1, runs + 1):
        for count in counts:
            say(f"  {count} partitions, run {number} of {runs} …")
            found = await under_both_loads(
                folder / f"{number}-{count}", count, events, rate, seconds, follows=False
            )
            for load, figures in found.items():
                say(f"  {load}: {figures[CPU]:.1f} microseconds of CPU an event")
                taken.setdefault(load, {}).setdefault(f"{count}", []).append(figures[CPU])
                batches = sizes.setdefault(load, {}).setdefault(f"{count}", [])
                batches.append(figures["events a batch"])
    return {
        load: grown(costs)
        | {"events a batch": {n: median(each) for n, each in sizes[load].items()}}
        for load, costs in taken.items()
    }


def grown(taken: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """The spread of each case, and how far the costliest lies above the cheapest."""
    middles = [median(costs) for costs in taken.values()]
    return {
        CPU: {name: spread(costs)._asdict() for name, costs in taken.items()},
        "the costliest above the cheapest": max(middles) / min(middles) - 1,
    }


def shown(title: str, found: Mapping[str, Any]) -> str:
    """A line a case."""
    lines = [f"\n{title}"]
    for name, costs in found[CPU].items():
        least, middle, most = costs.values()
        lines.append(f"{name:>12}  {middle:8.2f}  ({least:.2f} to {most:.2f})  {CPU}")
    above = found["the costliest above the cheapest"]
    return "\n".join([*lines, f"{'':12}  the costliest {above:.0%} above the cheapest"])


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", default=100_000, show_default=True, help="A case and run.")
@click.option("--rate", default=1_000, show_default=True, help="Events a second that come.")
@click.option("--seconds", default=10, show_default=True, help="For how long they come.")
@click.option("--runs", default=3, show_default=True)
@click.option("--quick", is_flag=True, help="10,000 learners and 8 partitions at most; one run.")
def main(events: int, rate: int, seconds: int, runs: int, quick: bool) -> None:
    """Measure whether an event costs the same of many learners, recent ids and partitions.

    \b
    Example:
      python -m benchmarks.growth --quick
    """
    learners, partitions, ids_of = LEARNERS, PARTITIONS, 100_000
    if quick:
        events, rate, seconds, runs = 5_000, 300, 3, 1
        learners, partitions, ids_of = (1_000, 10_000), (1, 8), 5_000
    configure_logging("ERROR", SystemClock())
    click.echo("Learners …")
    figures: dict[str, Any] = {"goal, the costliest above the cheapest": GOAL}
    figures["learners"] = fold_by_learners(learners, events, runs, click.echo)
    click.echo("Recent ids …")
    figures["recent ids"] = fold_by_recent_ids(RECENT_IDS, ids_of, events, runs, click.echo)
    click.echo("Partitions …")
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        work = decide_by_partitions(
            Path(folder), partitions, events, rate, seconds, runs, click.echo
        )
        figures["partitions"] = run(work)
    click.echo(shown("Learners, by fold", figures["learners"]))
    click.echo(shown("Recent ids of each learner, by fold", figures["recent ids"]))
    for load, found in figures["partitions"].items():
        click.echo(shown(f"Partitions, by a worker that only decides: {load}", found))
    settings = {
        "events": events,
        "events a batch of fold": BATCH,
        "learners where recent ids grow": ids_of,
        "rate": rate,
        "seconds": seconds,
        "runs": runs,
    }
    click.echo(f"\nWritten to {save('growth', settings, figures)}")


if __name__ == "__main__":
    main()
