"""The whole way of an event at several rates, under both guarantees: XADD to the HTTP request.

    python -m benchmarks.latency --rate 500 --rate 2000

Each run has servers and a worker of its own (benchmarks/whole_way.py). A rate that the worker does
not keep up with has no latency: what comes out depends on how long one waits. It is told as that.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click

from benchmarks.events import ACTS_EVERY
from benchmarks.house import percentile
from benchmarks.record import save, spread
from benchmarks.whole_way import Call, Seen, observe
from orchestrator.embedded.sandbox.calls import REMEMBERED
from orchestrator.guarantee import Guarantee

GROWS_MS = 250.0
"""Events of the last quarter that take so much longer than those of the first: the lag grows."""
KEPT_PACE = 0.98
"""The share of its events that the load must have written in its time."""
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
CURVE = (0.0, 0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.985, 0.99,
         0.9925, 0.995, 0.997, 0.998, 0.9985, 0.999, 0.9995)  # fmt: skip
LEAST_ABOVE = 5
"""The curve ends where fewer calls are slower: what lay beyond would be of single calls."""
MOST_ACTIONS = REMEMBERED * 0.8
"""Of the calls the sandbox remembers the newest: a run has fewer."""


class Case(NamedTuple):
    """What a run is of."""

    partitions: int
    guarantee: Guarantee
    rate: int


def cases(partitions: Sequence[int], rates: Sequence[int]) -> Iterator[Case]:
    """All there are, the lower rates first."""
    return (Case(*each) for each in product(partitions, Guarantee, sorted(rates)))


def span(rate: int, seconds: int) -> int:
    """Seconds that a run may take at this rate, so that all its calls are remembered."""
    return min(seconds, int(MOST_ACTIONS * ACTS_EVERY / rate))


def growth_ms(calls: Sequence[Call]) -> float:
    """By how much the middle latency of the last quarter of the events is above the first's."""
    quarter = max(1, len(calls) // 4)
    first, last = calls[:quarter], calls[-quarter:]
    return median(c.latency_ms for c in last) - median(c.latency_ms for c in first)


def falls_short(rate: int, seconds: int, seen: Seen) -> str:
    """Why the rate was not sustained; empty if it was."""
    if seen.events < KEPT_PACE * rate * seconds:
        return f"the load wrote {seen.events / seconds:,.0f} events/s"
    if len(seen.calls) < seen.expected:
        return f"{seen.expected - len(seen.calls):,} calls did not come"
    if (grown := growth_ms(seen.calls)) > GROWS_MS:
        return f"the lag grew by {grown:,.0f} ms in {seconds} s"
    return ""


def figures_of(rate: int, seconds: int, runs: Sequence[Seen]) -> dict[str, Any]:
    """Of all runs of a case: spreads of the percentiles in ms, and the curve of all calls.

    If any run was not sustained: how many were, and why the others were not, and no latency.
    """
    short = [reason for seen in runs if (reason := falls_short(rate, seconds, seen))]
    found: dict[str, Any] = {"runs": len(runs), "sustained": len(runs) - len(short)}
    if short:
        return found | {"why": short}
    each = [sorted(call.latency_ms for call in seen.calls) for seen in runs]
    for name, share in SHARES.items():
        found[name] = spread([round(percentile(one, share), 2) for one in each])._asdict()
    pooled = sorted(latency for one in each for latency in one)
    found["calls"] = len(pooled)
    found["curve"] = curve(pooled)
    return found


def curve(sorted_values: list[float]) -> dict[str, float]:
    """Share -> the milliseconds that it stays within, as far as so many calls can tell."""
    calls = len(sorted_values)
    told = [share for share in CURVE if calls - int(share * calls) >= LEAST_ABOVE]
    return {f"{share:g}": round(percentile(sorted_values, share), 2) for share in told}


async def one_run(case: Case, seconds: int, say: Callable[[str], object]) -> Seen:
    """One run of a case, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        return await observe(Path(folder), case.rate, seconds, case.guarantee, case.partitions, say)


async def measure(
    todo: Sequence[Case], seconds: int, runs: int, say: Callable[[str], object]
) -> dict[str, Any]:
    """Partitions -> guarantee -> rate -> figures.

    A round of all cases after the other, so that what the machine is busy with hits all alike.
    """
    seen: dict[Case, list[Seen]] = {case: [] for case in todo}
    for number, case in product(range(runs), todo):
        say(f"run {number + 1} of {runs}: {case.rate:,}/s, {case.guarantee}, "
            f"{case.partitions} partitions")  # fmt: skip
        seen[case].append(await one_run(case, span(case.rate, seconds), say))
    return tree(seen, seconds)


def tree(seen: dict[Case, list[Seen]], seconds: int) -> dict[str, Any]:
    """The figures of each case, below its partitions, guarantee and rate."""
    found: dict[str, Any] = {}
    for case, runs in seen.items():
        under = found.setdefault(f"{case.partitions} partitions", {}).setdefault(case.guarantee, {})
        under[f"{case.rate:,}/s"] = figures_of(case.rate, span(case.rate, seconds), runs)
    return found


def table(figures: dict[str, Any]) -> str:
    """A line a case: milliseconds, or why there are none."""
    lines = [f"{'':44}{'p50':>9}{'p90':>9}{'p99':>9}{'p99.9':>9}  ms"]
    for partitions, guarantees in figures.items():
        for guarantee, rates in guarantees.items():
            for rate, found in rates.items():
                name = f"{rate}, {guarantee}, {partitions}"
                lines.append(f"{name:44}" + cells(found))
    return "\n".join(lines)


def cells(found: dict[str, Any]) -> str:
    """The middles of the percentiles, or that the rate was not sustained."""
    if "p50" in found:
        return "".join(f"{found[name]['middle']:9.1f}" for name in SHARES)
    return f"  sustained in {found['sustained']} of {found['runs']}: {'; '.join(found['why'])}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rate", "rates", multiple=True, default=(500, 2_000, 5_000), show_default=True,
              help="Events a second; repeatable.")  # fmt: skip
@click.option("--partitions", multiple=True, default=(4, 12), show_default=True,
              help="Of each topic; repeatable.")  # fmt: skip
@click.option("--seconds", default=30, show_default=True, help="The longest that a run measures.")
@click.option("--runs", default=3, show_default=True, help="Of each case.")
@click.option("--quick", is_flag=True, help="500 and 2,000 events/s, 10 s, one run, 4 partitions.")
def main(
    rates: tuple[int, ...], partitions: tuple[int, ...], seconds: int, runs: int, quick: bool
) -> None:
    """Measure the latency of the whole way: p50 to p99.9, and the curve.

    \b
    Example:
      python -m benchmarks.latency --quick
    """
    if quick:
        rates, partitions, seconds, runs = (500, 2_000), (4,), 10, 1
    todo = list(cases(partitions, rates))
    figures = asyncio.run(measure(todo, seconds, runs, click.echo))
    click.echo(table(figures))
    settings = {"rates": rates, "partitions": partitions, "seconds": seconds, "runs": runs}
    click.echo(f"Written to {save('latency', settings, figures)}")


if __name__ == "__main__":
    main()
