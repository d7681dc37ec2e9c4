"""A curve a type of action: actions per learner-day against the values of one parameter."""

from collections.abc import Sequence

from msgspec import Struct

from orchestrator.backtest.explore.exploration import Exploration, Tried
from orchestrator.backtest.report import words
from orchestrator.backtest.report.figures import number, rate
from orchestrator.core.actions import ActionType

WIDTH, HEIGHT = 340.0, 210.0
LEFT, RIGHT, TOP, BOTTOM = 14.0, 14.0, 46.0, 30.0


class Dot(Struct, frozen=True):
    """A value that was tried. `value` and `rate` as they are written; `labelled`: there is room."""

    x: float
    y: float
    value: str
    rate: str
    labelled: bool
    is_present: bool


class Curve(Struct, frozen=True):
    """A type's picture. `path`: the line; `present_x`: where the value stands that is now."""

    name: str
    dots: tuple[Dot, ...]
    path: str
    present_x: float
    present_y: float
    present: str
    changes: bool
    said: str


def curves(exploration: Exploration) -> tuple[Curve, ...]:
    """The pictures of an exploration of one parameter, a type each."""
    return tuple(_curve(exploration, kind, name) for kind, name in words.TYPES.items())


def _curve(exploration: Exploration, kind: ActionType, name: str) -> Curve:
    (varied,) = exploration.parameters
    points, present = exploration.points, exploration.present
    most = max(_rate(point, kind) for point in (*points, present)) or 1.0
    xs = _scale([*(point.values[0] for point in points), varied.present])
    dots = _dots(points, kind, xs, most)
    return Curve(
        name=name,
        dots=dots,
        path="M" + "L".join(f"{dot.x} {dot.y}" for dot in dots),
        present_x=xs[varied.present],
        present_y=_height(_rate(present, kind), most),
        present=f"now {number(varied.present)}: {rate(_rate(present, kind))}",
        changes=len({point.of(kind).actions for point in (*points, present)}) > 1,
        said=f"{name} per learner-day: "
        + ", ".join(f"{dot.rate} at {dot.value}" for dot in dots)
        + f"; {rate(_rate(present, kind))} at the present {number(varied.present)}.",
    )


def _dots(
    points: Sequence[Tried], kind: ActionType, xs: dict[float, float], most: float
) -> tuple[Dot, ...]:
    every = 1 + (len(points) - 1) // 6
    return tuple(
        Dot(
            x=xs[point.values[0]],
            y=_height(_rate(point, kind), most),
            value=number(point.values[0]),
            rate=rate(_rate(point, kind)),
            labelled=place % every == 0,
            is_present=point.is_present,
        )
        for place, point in enumerate(points)
    )


def _rate(point: Tried, kind: ActionType) -> float:
    return point.of(kind).per_learner_day or 0.0


def _scale(values: Sequence[float]) -> dict[float, float]:
    """Where each value stands from left to right."""
    least, most = min(values), max(values)
    wide = (most - least) or 1.0
    inside = WIDTH - LEFT - RIGHT - 24
    return {value: round(LEFT + 12 + inside * (value - least) / wide, 1) for value in values}


def _height(found: float, most: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * found / most, 1)
