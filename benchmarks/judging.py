"""How a goal is judged: on the benchmarks' results alone.

What no benchmark has found is "not measured", and never met.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.record import RESULTS, Spread

Results = Mapping[str, Any]
"""Name of a benchmark -> what it has saved: its surroundings, settings and figures."""
Read = Callable[[Results], float]
"""Takes one figure out of the results. Raises: NotMeasured."""


class NotMeasured(LookupError):
    """No benchmark has left this figure: run the one that is named."""


class Verdict(StrEnum):
    """What has become of a goal."""

    MET = "met"
    NOT_MET = "not met"
    NOT_MEASURED = "not measured"


class Found(NamedTuple):
    """What was measured; `peer` and `ratio` (ours to the peer's) only where there is a peer."""

    ours: float
    met: bool
    peer: float | None = None
    ratio: float | None = None


Judge = Callable[[Results], Found]
"""Says what was found, and whether it is enough. Raises: NotMeasured."""


class Goal(NamedTuple):
    """`what` is measured, the `goal` in words, the unit of its figures, and its judge."""

    what: str
    goal: str
    unit: str
    judge: Judge

    def verdict(self, results: Results) -> tuple[Verdict, Found | None]:
        """The verdict, and what it rests on."""
        try:
            found = self.judge(results)
        except NotMeasured:
            return Verdict.NOT_MEASURED, None
        return Verdict.MET if found.met else Verdict.NOT_MET, found


def at(benchmark: str, *path: str) -> Read:
    """Reads the number at the path below the benchmark's figures; of a spread, its middle."""

    def read(results: Results) -> float:
        found: Any = results.get(benchmark, {}).get("figures")
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, (list, Mapping)):
            found = spread_of(found).middle
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise NotMeasured(f"{' / '.join(path)}: python -m benchmarks.{benchmark}")
        return float(found)

    return read


def spread_of(saved: Sequence[float] | Mapping[str, float]) -> Spread:
    """A spread as JSON has it. Raises: NotMeasured if it is something else."""
    try:
        return Spread(**saved) if isinstance(saved, Mapping) else Spread(*saved)
    except TypeError as error:
        raise NotMeasured("this is no spread, but figures with names of their own") from error


def at_least(least: float, ours: Read) -> Judge:
    """Ours has to be so much, or more."""

    def judge(results: Results) -> Found:
        found = ours(results)
        return Found(found, found >= least)

    return judge


def at_most(most: float, ours: Read) -> Judge:
    """Ours has to be so much, or less."""

    def judge(results: Results) -> Found:
        found = ours(results)
        return Found(found, found <= most)

    return judge


def times(factor: float, ours: Read, peer: Read, ratio: Read) -> Judge:
    """The ratio, of ours to the peer's in the same rounds, has to be so much or more."""

    def judge(results: Results) -> Found:
        found = ratio(results)
        return Found(ours(results), found >= factor, peer(results), found)

    return judge


def results_in(folder: Path = RESULTS) -> Results:
    """All that the benchmarks have saved there."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
