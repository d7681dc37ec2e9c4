"""A heat map a type of action: actions per learner-day over two parameters."""

from msgspec import Struct

from orchestrator.backtest.explore.exploration import Exploration, Tried
from orchestrator.backtest.report import words
from orchestrator.backtest.report.figures import change, number, rate
from orchestrator.core.actions import ActionType

SHADES = 5


class HeatCell(Struct, frozen=True):
    """A point. `shade`: 0 (fewest) to 4 (most) of the type; -1: left out, since it is no policy."""

    shade: int
    rate: str
    change: str
    is_present: bool


class HeatMap(Struct, frozen=True):
    """A type's table: a row a value of the first parameter, a column a value of the second."""

    name: str
    changes: bool
    present: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


def heat_maps(exploration: Exploration) -> tuple[HeatMap, ...]:
    """The tables of an exploration of two parameters, a type each."""
    return tuple(_heat_map(exploration, kind, name) for kind, name in words.TYPES.items())


def _heat_map(exploration: Exploration, kind: ActionType, name: str) -> HeatMap:
    down, across = exploration.parameters
    counts = [point.of(kind).actions for point in exploration.points]
    least, most = min(counts), max(counts)
    rows = tuple(
        (
            number(value),
            tuple(
                _cell(exploration.at((value, other)), exploration.present, kind, least, most)
                for other in across.values
            ),
        )
        for value in down.values
    )
    return HeatMap(
        name=name,
        changes=any(count != exploration.present.of(kind).actions for count in counts),
        present=rate(exploration.present.of(kind).per_learner_day),
        columns=tuple(number(value) for value in across.values),
        rows=rows,
    )


def _cell(point: Tried | None, present: Tried, kind: ActionType, least: int, most: int) -> HeatCell:
    if point is None:
        return HeatCell(-1, "no policy", "", False)
    actions = point.of(kind).actions
    shade = 0 if least == most else round((SHADES - 1) * (actions - least) / (most - least))
    return HeatCell(
        shade,
        rate(point.of(kind).per_learner_day),
        "now" if point.is_present else change(present.of(kind).actions, actions),
        point.is_present,
    )
