"""An exploration as a table for the terminal."""

from collections.abc import Iterator

from orchestrator.backtest.explore.exploration import Exploration, Tried
from orchestrator.backtest.report import words
from orchestrator.backtest.report.explored import verdict
from orchestrator.backtest.report.figures import change, number, plural, rate
from orchestrator.operations.columns import columns

NOW = "<- now"


def as_lines(exploration: Exploration) -> Iterator[str]:
    """What is tried, a row a point with actions per learner-day and the change, and a sentence."""
    for varied in exploration.parameters:
        yield f"{varied.says}."
    days = plural(exploration.learner_days, "learner-day", "learner-days")
    learners = plural(exploration.learners, "learner", "learners")
    yield f"Actions per learner-day, over {days} of {learners}:"
    yield ""
    yield from columns([_head(exploration), *_rows(exploration)])
    for left_out in exploration.left_out:
        values = ", ".join(map(number, left_out.values))
        yield f"left out: {values}: {'; '.join(left_out.faults)}"
    yield ""
    yield verdict(exploration)


def _head(exploration: Exploration) -> list[str]:
    names = [varied.path for varied in exploration.parameters]
    return [*names, *(name.lower() for name in words.TYPES.values()), ""]


def _rows(exploration: Exploration) -> Iterator[list[str]]:
    for point in exploration.points:
        yield _row(point, exploration.present)
    if not any(point.is_present for point in exploration.points):
        yield _row(exploration.present, exploration.present)


def _row(point: Tried, present: Tried) -> list[str]:
    cells = [number(value) for value in point.values]
    for kind in words.TYPES:
        given, now = point.of(kind), present.of(kind)
        against = "" if given.actions == now.actions else f" ({change(now.actions, given.actions)})"
        cells.append(f"{rate(given.per_learner_day)}{against}")
    return [*cells, NOW if point.is_present else ""]
