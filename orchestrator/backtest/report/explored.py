"""The explorer's page: what the values of a number or two would have given."""

from orchestrator.backtest.explore.exploration import Exploration
from orchestrator.backtest.report import figures, words
from orchestrator.backtest.report.curves import curves
from orchestrator.backtest.report.document import period_of
from orchestrator.backtest.report.heat import heat_maps
from orchestrator.backtest.report.page import page
from orchestrator.core.actions import ActionType


def explored_html(exploration: Exploration) -> str:
    """The whole exploration as one HTML file."""
    one = len(exploration.parameters) == 1
    return page(
        "explored.html",
        it=exploration,
        verdict=verdict(exploration),
        period=period_of(exploration.since, exploration.until),
        curves=curves(exploration) if one else (),
        still=still(exploration),
        maps=() if one else heat_maps(exploration),
        words=words,
        figures=figures,
    )


def still(exploration: Exploration) -> tuple[tuple[str, str], ...]:
    """The types that no value changes, each with what it stays at."""
    return tuple(
        (name, figures.rate(exploration.present.of(kind).per_learner_day))
        for kind, name in words.TYPES.items()
        if not _changes(exploration, kind)
    )


def verdict(exploration: Exploration) -> str:
    """What changes over the grid, in a sentence."""
    changing, same = [], [name.lower() for name, _ in still(exploration)]
    for kind, name in words.TYPES.items():
        found = [point.of(kind) for point in exploration.points]
        now = exploration.present.of(kind)
        if not _changes(exploration, kind):
            continue
        rates = [each.per_learner_day or 0.0 for each in found]
        changing.append(
            f"{name.lower()} between {figures.rate(min(rates))} and {figures.rate(max(rates))} "
            f"per learner-day (now {figures.rate(now.per_learner_day)})"
        )
    if not changing:
        return "Nothing changes over these values."
    unmoved = f"; {_listed(same)} stay as they are" if same else ""
    said = f"{'; '.join(changing)}{unmoved}."
    return said[0].upper() + said[1:]


def _changes(exploration: Exploration, kind: ActionType) -> bool:
    """Whether any value gives another number of a type than the present one."""
    now = exploration.present.of(kind).actions
    return any(point.of(kind).actions != now for point in exploration.points)


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
