"""Explores a grid over a source: one pass, the partitions in several processes."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from msgspec import Struct

from orchestrator.archive.manifest import code_version
from orchestrator.archive.moments import spans_between
from orchestrator.archive.source import DatedSource, Span
from orchestrator.backtest.explore.counts import TYPES, PointCounts, SweepCounts, summed
from orchestrator.backtest.explore.exploration import Exploration, Given, Impossible, Tried, Varied
from orchestrator.backtest.explore.grid import Grid
from orchestrator.backtest.explore.parameters import Parameter
from orchestrator.backtest.explore.sweep import ALWAYS, Sweep
from orchestrator.backtest.partitions import over_partitions
from orchestrator.backtest.processes import Reached
from orchestrator.core.state import LearnerState, decode_state
from orchestrator.core.times import micros
from orchestrator.policy_check.meanings import MEANINGS

UNITS = ("minutes", "hours", "days", "bytes")


class Range(Struct, frozen=True):
    """Which events count. `since`, `until`: of event time, aware; `warm_up`: read before `since`.

    `tenants`: those to look at; empty is all.
    """

    since: datetime | None = None
    until: datetime | None = None
    warm_up: timedelta = timedelta(days=7)
    tenants: tuple[str, ...] = ()


Progressing = Callable[[int, int], None]
"""Is told how many records are done, and how many there are."""


class SweepWork(Struct, frozen=True):
    """The sweep of one partition, as it goes to another process."""

    source: DatedSource
    grid: Grid
    range: Range

    def __call__(self, partition: int, span: Span, reached: Reached) -> SweepCounts:
        """Read the span, and count."""
        policies = [text.load_earlier() for text in self.grid.texts()]
        since, until = self.range.since, self.range.until
        sweep = Sweep(
            policies[0],
            policies,
            since=ALWAYS if since is None else micros(since),
            until=None if until is None else micros(until),
            only=_only(self.range.tenants),
            states=_states(self.source, partition, span),
        )
        for chunk in self.source.chunks(partition, span):
            sweep.take(chunk)
            reached(len(chunk.offsets))
        return sweep.counts()


def explore(
    source: DatedSource, grid: Grid, span: Range, workers: int, progressing: Progressing
) -> Exploration:
    """What each point of the grid would have given."""
    begin = None if span.since is None else span.since - span.warm_up
    spans = spans_between(source, begin, span.until)
    total = sum(end - begin for begin, end in spans.values())
    told = _Told(total, progressing)
    parts = over_partitions(SweepWork(source, grid, span), spans, workers, told)
    counts = summed(parts.values(), len(grid.points) + 1)
    return _exploration(source.name, grid, span, counts)


class _Told:
    """Adds up what the processes tell."""

    def __init__(self, total: int, progressing: Progressing) -> None:
        self._done, self._total = 0, total
        self._progressing = progressing

    def __call__(self, more: int) -> None:
        self._done += more
        self._progressing(self._done, self._total)


def _only(tenants: tuple[str, ...]) -> Callable[[bytes], bool] | None:
    if not tenants:
        return None
    prefixes = tuple(f"{quote(tenant, safe='')}/".encode() for tenant in tenants)
    return lambda key: key.startswith(prefixes)


def _states(source: DatedSource, partition: int, span: Span) -> Mapping[bytes, LearnerState]:
    """What was remembered before the first record, if we begin there and it is known."""
    rows = source.states(partition) if source.spans()[partition].begin == span.begin else None
    return {key: decode_state(row) for key, row in (rows or {}).items() if b"/" in key}


def _exploration(name: str, grid: Grid, span: Range, counts: SweepCounts) -> Exploration:
    present = tuple(float(parameter.present) for parameter in grid.parameters)
    days = counts.learner_days
    points = [
        _tried(tuple(map(float, point.values)), present, found, days)
        for point, found in zip(grid.points, counts.points[1:], strict=True)
    ]
    return Exploration(
        source=name,
        base=grid.base.load_earlier().version,
        code_version=code_version(),
        since=span.since,
        until=span.until,
        warm_up_hours=None if span.since is None else span.warm_up / timedelta(hours=1),
        tenants=span.tenants,
        parameters=tuple(_varied(parameter) for parameter in grid.parameters),
        present=_tried(present, present, counts.points[0], days),
        points=tuple(points),
        left_out=tuple(
            Impossible(tuple(map(float, each.values)), each.faults) for each in grid.left_out
        ),
        records=counts.records,
        refused=counts.refused,
        events=counts.events,
        learners=counts.learners,
        learner_days=days,
    )


def _tried(
    values: tuple[float, ...], present: tuple[float, ...], counts: PointCounts, days: int
) -> Tried:
    given = tuple(
        Given(kind, actions, learners, actions / days if days else None)
        for kind, actions, learners in zip(TYPES, counts.actions, counts.learners, strict=True)
    )
    return Tried(values, values == present, given)


def _varied(parameter: Parameter) -> Varied:
    unit = next((unit for unit in UNITS if parameter.path.endswith(f"_{unit}")), "")
    values = tuple(map(float, parameter.values))
    return Varied(parameter.path, _says(parameter, unit), unit, float(parameter.present), values)


def _says(parameter: Parameter, unit: str) -> str:
    meaning = MEANINGS.get(parameter.path)
    if meaning is None:
        return parameter.path
    first, last = parameter.values[0], parameter.values[-1]
    tried = f"{first}" if first == last else f"{first} to {last}"
    return meaning.says.format(
        new=f"{tried} {unit}".strip(), old=f"{parameter.present} {unit}".strip()
    )
