"""The hours of the day, a small picture a type of action: base and candidate side by side."""

from msgspec import Struct

from orchestrator.backtest.report import words
from orchestrator.backtest.report.figures import plural, whole
from orchestrator.comparison.summary import Cell, Comparison, SliceBy

HOURS = 24


class Hour(Struct, frozen=True):
    """One hour: heights in percent of the picture; None where it is hidden."""

    hour: int
    x: float
    base: str
    candidate: str
    base_height: float | None
    candidate_height: float | None


class HoursPicture(Struct, frozen=True):
    """A type's day. `top`: what the full height stands for; `said`: the picture in a sentence."""

    name: str
    top: str
    hours: tuple[Hour, ...]
    said: str
    hides: bool


def hours_pictures(comparison: Comparison) -> tuple[HoursPicture, ...]:
    """The pictures of the types that are given at all."""
    cells = [cell for each in comparison.slices if each.by is SliceBy.HOUR for cell in each.cells]
    found = []
    for kind, name in words.TYPES.items():
        day = {int(cell.value): cell for cell in cells if cell.type is kind}
        if day:
            found.append(_picture(name, day))
    return tuple(found)


def _picture(name: str, day: dict[int, Cell]) -> HoursPicture:
    most = max((max(_given(cell)) for cell in day.values()), default=0)
    hours = tuple(_hour(number, day.get(number), most) for number in range(HOURS))
    return HoursPicture(name, whole(most), hours, _said(name, day), _hides(day))


def _given(cell: Cell) -> tuple[int, int]:
    return (0, 0) if cell.counts is None else (cell.counts.base, cell.counts.candidate)


def _hour(number: int, cell: Cell | None, most: int) -> Hour:
    x = round(100 * number / HOURS, 3)
    if cell is None:
        return Hour(number, x, "0", "0", 0.0, 0.0)
    if cell.suppressed:
        return Hour(number, x, "hidden", "hidden", None, None)
    base, candidate = _given(cell)
    return Hour(
        number, x, whole(base), whole(candidate), _height(base, most), _height(candidate, most)
    )


def _height(count: int, most: int) -> float:
    return round(100 * count / most, 2) if most else 0.0


def _hides(day: dict[int, Cell]) -> bool:
    return any(cell.suppressed for cell in day.values())


def _said(name: str, day: dict[int, Cell]) -> str:
    shown = {hour: _given(cell) for hour, cell in day.items() if not cell.suppressed}
    if not shown:
        return f"{name}: every hour has too few learners to be shown."
    busiest = max(shown, key=lambda hour: shown[hour][1])
    base, candidate = shown[busiest]
    changed = max(shown, key=lambda hour: abs(shown[hour][1] - shown[hour][0]))
    return (
        f"{name} by hour (UTC), from {min(day):02}:00 on to {max(day) + 1:02}:00. Most under the "
        f"candidate from {busiest:02}:00: {whole(candidate)}, under the base {whole(base)}. "
        f"The largest difference is from {changed:02}:00: {whole(shown[changed][0])} and "
        f"{whole(shown[changed][1])}. "
        f"{plural(len(day) - len(shown), 'hour is', 'hours are')} hidden."
    )
