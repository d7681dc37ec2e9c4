"""What the pages say of the results, between markers; nothing there is written by hand.

    python -m benchmarks.pages

The table of goals in docs/performance.md, the paragraph in README.md, and the plots in docs.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from math import isfinite
from pathlib import Path

import click

from benchmarks.goals import BESIDE, GOALS, OURS, PEERS, ratio
from benchmarks.judging import Found, Goal, NotMeasured, Results, Verdict, results_in
from benchmarks.record import RESULTS, ROOT
from benchmarks.rooms import room

TABLE_PAGE, PARAGRAPH_PAGE = ROOT / "docs" / "performance.md", ROOT / "README.md"
DOCS = ROOT / "docs"
PLOTS = ROOT / "benchmarks" / "plots.requirements.txt"
HEADER = "| what | goal | ours | peer | ratio | verdict |\n|---|---|---|---|---|---|"
NONE = "-"
PICTURES = {
    "decide_worker": ("Events a second of each system, a bar each", "docs/throughput.svg"),
    "latency": ("Latency of the whole way by percentile, a curve a rate", "docs/latency.svg"),
}


def goal_table(goals: Sequence[Goal], results: Results) -> str:
    """A row a goal, in Markdown."""
    return "\n".join([HEADER, *(row(goal, results) for goal in goals)])


def row(goal: Goal, results: Results) -> str:
    """A goal, what was found, and the verdict."""
    verdict, found = goal.verdict(results)
    said = f"**{verdict}**" if verdict is Verdict.NOT_MET else str(verdict)
    return f"| {' | '.join((goal.what, goal.goal, *figures(goal, found), said))} |"


def figures(goal: Goal, found: Found | None) -> tuple[str, str, str]:
    """Ours with its unit, the peer's, and the ratio."""
    if found is None:
        return NONE, NONE, NONE
    ours = f"{number(found.ours)} {goal.unit}" if isfinite(found.ours) else "unbounded"
    if found.peer is None or found.ratio is None:
        return ours, NONE, NONE
    return ours, f"{number(found.peer)} {goal.unit}", number(found.ratio)


def number(value: float) -> str:
    """Like `109,120`, `38.2`, `2.14` or `0.61`."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def surroundings(results: Results) -> str:
    """On what the figures were taken: one machine and time, or each that there was."""
    taken = [each["surroundings"] for each in results.values()]
    if not taken:
        return "No full run has been kept yet."
    machines = sorted({f"{each['processor']}, {each['cores']} cores" for each in taken})
    days = sorted({each["at"][:10] for each in taken})
    return (
        f"Measured {' to '.join(dict.fromkeys((days[0], days[-1])))} on {' and '.join(machines)}."
    )


def told(goals: Sequence[Goal], results: Results) -> str:
    """The table, what it was taken on, and how many goals stand where."""
    return f"{surroundings(results)} {standing(goals, results)}\n\n{goal_table(goals, results)}"


def standing(goals: Sequence[Goal], results: Results) -> str:
    """Like `Of 14 goals: 7 met, 1 not met, 6 not measured.`"""
    counts = Counter(goal.verdict(results)[0] for goal in goals)
    return f"Of {len(goals)} goals: {', '.join(f'{counts[each]} {each}' for each in Verdict)}."


def speed(goals: Sequence[Goal], results: Results) -> str:
    """The README's paragraph: ratios to the peers of one run, and the plots that there are."""
    sentences = [*compared(results), standing(goals, results)]
    pictures = [f"![{told}]({path})" for name, (told, path) in PICTURES.items() if name in results]
    return "\n\n".join([" ".join(sentences), *pictures])


def compared(results: Results) -> Iterator[str]:
    """How many times the events of each peer the worker takes, of the peers that were measured."""
    for side, way in OURS.items():
        found = list(ratios(results, side))
        if found:
            begin = "Side by side in one run, " if side is next(iter(OURS)) else ""
            text = f"{begin}the worker that decides {way}, takes in a second {listed(found)}."
            yield text[0].upper() + text[1:]


def ratios(results: Results, side: str) -> Iterator[str]:
    """Like `2.31 times the events of Quix Streams`."""
    for goal in BESIDE:
        if goal.ours == side:
            with suppress(NotMeasured):
                yield f"{number(ratio(goal)(results))} times the events of {PEERS[goal.peer]}"


def listed(words: Sequence[str]) -> str:
    """Like `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def between(page: str, name: str, text: str) -> str:
    """The page with the text between its markers `<!-- name: begin` and `<!-- name: end -->`.

    Raises: ValueError if the page has no such markers, or more than one pair.
    """
    marked = re.compile(rf"(<!-- {name}: begin\b[^>]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    written, count = marked.subn(lambda found: f"{found[1]}{text}\n{found[2]}", page)
    if count != 1:
        raise ValueError(f"{count} places are marked {name}, instead of one")
    return written


def written(results: Results) -> dict[Path, str]:
    """Each page as it has to be after these results."""
    parts = (
        (TABLE_PAGE, "goals", told(GOALS, results)),
        (PARAGRAPH_PAGE, "speed", speed(GOALS, results)),
    )
    return {page: between(page.read_text(), name, text) for page, name, text in parts}


def write(results: Results, say: Callable[[str], object]) -> None:
    """Write the pages anew."""
    for page, text in written(results).items():
        page.write_text(text)
        say(f"Written: {page}")


def draw(results: Path, into: Path, say: Callable[[str], object]) -> None:
    """Draw the plots of the results in a folder. Raises: subprocess.CalledProcessError."""
    python = room("plots", PLOTS, say)
    options = ["--results", str(results), "--into", str(into)]
    subprocess.run([python, "-m", "benchmarks.plots", *options], cwd=ROOT, check=True)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Write the pages and draw the plots anew, from the figures in benchmarks/results.

    \b
    Example:
      python -m benchmarks.pages
    """
    draw(RESULTS, DOCS, click.echo)
    write(results_in(), click.echo)


if __name__ == "__main__":
    main()
