"""The result in one sentence."""

from collections.abc import Sequence

from orchestrator.comparison.summary import Denominators, Transitions
from orchestrator.core.actions import ActionType

_PLURAL = {
    ActionType.GAME_BREAK: "breaks",
    ActionType.SEL_INTERVENTION: "interventions",
    ActionType.LEVEL_SUGGESTED: "level suggestions",
    ActionType.LEARNING_PATH_UPDATE: "learning path updates",
}
"""In the order in which they are told."""


def verdict(actions: Sequence[Transitions], denominators: Denominators, *, identical: bool) -> str:
    """What the candidate does differently, of each type of action. `identical`: nothing at all."""
    if denominators.evaluated == 0:
        return "Nothing was compared: no event lies in what was asked for."
    if identical:
        count = denominators.evaluated
        events = "the one event" if count == 1 else f"all {count:,} events"
        learners = _learners(denominators.learners)
        return f"The candidate decides exactly as base does, at {events} of {learners}."
    rows = {row.type: row for row in actions}
    told = [
        _difference(rows[kind], denominators) for kind in _PLURAL if rows[kind].learners_differing
    ]
    same = [name for kind, name in _PLURAL.items() if not rows[kind].learners_differing]
    parts = [f"gives {'; '.join(told)}"] if told else ["gives the same actions"]
    if told and same:
        parts.append(f"{_listed(same)} are the same")
    return f"The candidate {'; '.join(parts)}."


def _difference(row: Transitions, denominators: Denominators) -> str:
    name, affected = _PLURAL[row.type], _affected(row, denominators)
    more = row.candidate - row.base
    if more == 0:
        return f"as many {name}, but not the same ones, {affected}"
    word = "more" if more > 0 else "fewer"
    much = f"{abs(more) / row.base:.1%}".replace("%", " %") if row.base else f"{abs(more):,}"
    if much == "0.0 %":
        much = f"{abs(more):,}"
    rates = ""
    if row.base_per_learner_day is not None and row.candidate_per_learner_day is not None:
        rates = (
            f" (from {row.base_per_learner_day:.2f} to {row.candidate_per_learner_day:.2f} per "
            "learner-day)"
        )
    return f"{much} {word} {name}{rates}, {affected}"


def _affected(row: Transitions, denominators: Denominators) -> str:
    return f"to {row.learners_differing:,} of {_learners(denominators.learners)}"


def _learners(count: int) -> str:
    return f"{count:,} learner" if count == 1 else f"{count:,} learners"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
