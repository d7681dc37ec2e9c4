"""The plots of the README, from the saved figures alone.

matplotlib draws them; it lives in an environment of its own (plots.requirements.txt), which
`python -m benchmarks.pages` makes.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmarks.judging import Results, results_in, spread_of
from benchmarks.plot_paper import FIRST, INK, LIMIT, PEER, SECOND, STYLE, keep, paper, taken_on
from benchmarks.record import RESULTS, ROOT, Spread

Saved = Mapping[str, Any]
WARM = "warm_events_per_second"
TASK = "below the first two, all have the peers' small task"


class Bar(NamedTuple):
    """A side of the comparison: its name in the figures, in words, its colour, and which speed."""

    side: str
    words: str
    colour: str
    speed: str = "events_per_second"


BARS = (
    Bar("ours-whole-alo", "this worker, all rules,\nat least once", FIRST),
    Bar("ours-whole-eo", "this worker, all rules,\nexactly once", SECOND),
    Bar("ours-kernel-alo", "our stream layer,\nat least once", FIRST),
    Bar("ours-kernel-eo", "our stream layer,\nexactly once", SECOND),
    Bar("kafka-streams-memory", "Kafka Streams, in memory,\nwarm", PEER, WARM),
    Bar("kafka-streams-rocksdb", "Kafka Streams, RocksDB,\nwarm", PEER, WARM),
    Bar("quix", "Quix Streams", PEER),
    Bar("faust", "Faust as it comes", PEER),
    Bar("raw", "one Python process,\nno framework (the limit)", LIMIT),
)
COLOUR_OF = {"at_least_once": FIRST, "exactly_once": SECOND}
LINES = ("-", "--", ":", "-.")
PERCENTILES = (0, 50, 90, 99, 99.9)
MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class Curve(NamedTuple):
    """Share of the events -> ms that it stays within; empty if the rate was not sustained."""

    guarantee: str
    rate: str
    points: Mapping[str, float]


def throughput(saved: Saved) -> Figure:
    """A bar a side to the middle of its runs, and a line from the least to the most."""
    found = list(measured_bars(saved))
    figure, axes = paper("Events a second", f"{TASK}; {taken_on(saved)}", 0.42 * len(found) + 1.1)
    most = max(speed.most for _, speed in found)
    for place, (bar, speed) in enumerate(found):
        axes.barh(place, speed.middle, height=0.62, color=bar.colour)
        whisker(axes, place, speed)
        axes.text(speed.most + most * 0.015, place, f"{speed.middle:,.0f}", va="center")
    axes.set_yticks(range(len(found)), [bar.words for bar, _ in found])
    axes.invert_yaxis()
    axes.set_xlim(0, most * 1.12)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="x")
    return figure


def measured_bars(saved: Saved) -> Iterator[tuple[Bar, Spread]]:
    """Each side that was measured, with its events a second."""
    for bar in BARS:
        if speed := saved["figures"]["sides"].get(bar.side, {}).get(bar.speed):
            yield bar, spread_of(speed)


def whisker(axes: Axes, place: int, speed: Spread) -> None:
    """A line from the least to the most, with its ends."""
    axes.hlines(place, speed.least, speed.most, color=INK, linewidth=1.2)
    axes.vlines([speed.least, speed.most], place - 0.12, place + 0.12, color=INK, linewidth=1.2)


def latency(saved: Saved) -> Figure:
    """A curve a guarantee and rate, of the most partitions that were measured."""
    partitions, guarantees = list(saved["figures"].items())[-1]
    note = f"{partitions}; {taken_on(saved)}"
    figure, axes = paper("From XADD to the request at the service, ms", note, 4.4)
    found = list(curves(guarantees))
    rates = list(dict.fromkeys(curve.rate for curve in found))
    for curve in found:
        line = LINES[rates.index(curve.rate) % len(LINES)]
        shares, ms = [nines(float(share)) for share in curve.points], list(curve.points.values())
        axes.plot(shares, ms, line, color=COLOUR_OF[curve.guarantee], label=label(curve))
    scales(axes)
    figure.legend(frameon=False, loc="outside lower center", ncols=2, fontsize=9)
    return figure


def curves(guarantees: Saved) -> Iterator[Curve]:
    """In the order of the figures."""
    for guarantee, rates in guarantees.items():
        for rate, found in rates.items():
            yield Curve(guarantee, rate, found.get("curve", {}))


def label(curve: Curve) -> str:
    """Like `exactly once, 5,000/s (not sustained)`."""
    missing = "" if curve.points else " (not sustained)"
    return f"{curve.guarantee.replace('_', ' ')}, {curve.rate}{missing}"


def scales(axes: Axes) -> None:
    """Percentiles by their nines, milliseconds by their logarithm."""
    axes.set_yscale("log")
    axes.set_yticks(MS, [f"{value:,}" for value in MS])
    axes.minorticks_off()
    lowest, highest = axes.dataLim.intervaly
    if math.isfinite(highest - lowest):
        axes.set_ylim(lowest * 0.8, highest * 1.25)
    axes.set_xticks([nines(value / 100) for value in PERCENTILES], [str(p) for p in PERCENTILES])
    axes.set_xlabel("percentile")
    axes.grid()


def nines(share: float) -> float:
    """Where a share stands: 0.9 at 1, 0.99 at 2, 0.999 at 3."""
    return -math.log10(1 - share)


def bars_in_words(saved: Saved) -> str:
    """The bars, to be read aloud."""
    found = ((bar.words.replace("\n", " "), speed) for bar, speed in measured_bars(saved))
    return "; ".join(f"{words}: {speed.middle:,.0f} events a second" for words, speed in found)


def curves_in_words(saved: Saved) -> str:
    """What the curves begin and end with, to be read aloud."""
    _, guarantees = list(saved["figures"].items())[-1]
    return "; ".join(label(curve) + reach(curve) for curve in curves(guarantees))


def reach(curve: Curve) -> str:
    """The middle of the curve and its end."""
    if not curve.points:
        return ""
    share, ms = list(curve.points.items())[-1]
    return f": half within {curve.points['0.5']:g} ms, {float(share) * 100:g} % within {ms:g} ms"


class Plot(NamedTuple):
    """A plot by its name: of which benchmark, with which title, and how to draw and tell it."""

    name: str
    benchmark: str
    title: str
    drawn: Callable[[Saved], Figure]
    told: Callable[[Saved], str]


PLOTS = (
    Plot(
        "throughput", "decide_worker", "Events a second of each system", throughput, bars_in_words
    ),
    Plot("latency", "latency", "Latency of the whole way by percentile", latency, curves_in_words),
)


def draw(results: Results, into: Path) -> Iterator[Path]:
    """Draw what there are figures for; yields where."""
    for plot in PLOTS:
        if (saved := results.get(plot.benchmark)) is not None:
            path = into / f"{plot.name}.svg"
            keep(plot.drawn(saved), path, plot.title, plot.told(saved))
            yield path


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, help="Their folder.")
@click.option("--into", type=click.Path(path_type=Path), default=ROOT / "docs", help="A folder.")
def main(results: Path, into: Path) -> None:
    """Draw the plots.

    \b
    Example:
      .bench/plots/bin/python -m benchmarks.plots --into /tmp
    """
    mpl.rcParams.update(STYLE)
    for path in draw(results_in(results), into):
        click.echo(f"Drawn: {path}")


if __name__ == "__main__":
    main()
