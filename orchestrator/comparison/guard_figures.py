"""What the guard rails look at, from a comparison of a canary with the policy in force."""

from collections.abc import Iterable

from orchestrator.comparison.cells import PLACES, TYPES
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.guard_rails import Figures, Paired
from orchestrator.comparison.learner_tally import ADDED, CHANGED, LOST, MOVED
from orchestrator.comparison.tally import SAME, Tally
from orchestrator.core.actions import ActionType
from orchestrator.core.times import HOUR

HIGH_SEVERITY = "sel.high_severity"


def figures_of(tally: Tally, coverage: Coverage) -> Figures:
    """The figures of a tally whose candidate is the canary's policy, of its learners alone.

    They only grow: what is lost and found again at another moment stays one of each side alone.
    """
    rows = [(PLACES[cell], row) for cells in tally.counts.values() for cell, row in cells.items()]
    of_type = {
        kind: [row for place, row in rows if TYPES[place.type] is kind]
        for kind in (ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION)
    }
    urgent = [row for place, row in rows if place.rule == HIGH_SEVERITY]
    return Figures(
        coverage.worked / HOUR,
        _paired(of_type[ActionType.GAME_BREAK]),
        _paired(of_type[ActionType.SEL_INTERVENTION]),
        sum(row[LOST] + row[MOVED] for row in urgent),
    )


def _paired(rows: Iterable[list[int]]) -> Paired:
    both = base_alone = candidate_alone = 0
    for row in rows:
        both += row[SAME] + row[CHANGED]
        base_alone += row[LOST] + row[MOVED]
        candidate_alone += row[ADDED] + row[MOVED]
    return Paired(both, base_alone, candidate_alone)
