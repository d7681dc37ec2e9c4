"""The rows of the actions: how many there are a day, and what becomes of them."""

from msgspec import Struct

from orchestrator.backtest.report import words
from orchestrator.backtest.report.bars import Part, base_bar, candidate_bar
from orchestrator.backtest.report.figures import change, plural, rate, whole
from orchestrator.comparison.summary import Comparison, Transitions
from orchestrator.core.actions import ActionType


class ActionRow(Struct, frozen=True):
    """A type of action in words and bars. `said`: its row in one sentence, for who sees no bars."""

    name: str
    counts: Transitions
    base_rate: str
    candidate_rate: str
    change: str
    differs: bool
    learners: str
    base_bar: tuple[Part, ...]
    candidate_bar: tuple[Part, ...]
    said: str


def action_rows(comparison: Comparison) -> tuple[ActionRow, ...]:
    """A row a type, in the order of the words; a type that nobody gives is there as well."""
    known = {row.type: row for row in comparison.actions}
    learners = comparison.denominators.learners
    return tuple(
        _row(name, known.get(kind) or _nothing(kind), learners)
        for kind, name in words.TYPES.items()
    )


def _nothing(kind: ActionType) -> Transitions:
    return Transitions(type=kind, learners=0, learners_differing=0)


def _row(name: str, row: Transitions, learners: int) -> ActionRow:
    differs = row.base != row.same or row.candidate != row.same
    return ActionRow(
        name=name,
        counts=row,
        base_rate=rate(row.base_per_learner_day),
        candidate_rate=rate(row.candidate_per_learner_day),
        change=change(row.base, row.candidate),
        differs=differs,
        learners=(
            f"differs for {whole(row.learners_differing)} of "
            f"{plural(learners, 'learner', 'learners')}"
            if differs
            else "the same for every learner"
        ),
        base_bar=base_bar(row),
        candidate_bar=candidate_bar(row),
        said=(
            f"{name}: {whole(row.base)} under the base and {whole(row.candidate)} under the "
            f"candidate, of which {whole(row.same)} are the same, {whole(row.changed)} changed, "
            f"{whole(row.moved)} moved, {whole(row.lost)} lost and {whole(row.added)} added."
        ),
    )
