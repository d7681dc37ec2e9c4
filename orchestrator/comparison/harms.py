"""Who would be worse off under the candidate."""

from orchestrator.comparison.cells import TYPES
from orchestrator.comparison.learner_tally import LOST, BreakDays
from orchestrator.comparison.summary import Harms
from orchestrator.comparison.tally import Tally
from orchestrator.core.actions import ActionType

FAR_BELOW = 2
"""Levels below where base has a learner, from which on it is a harm."""

_SEL_LOST = 4 * TYPES.index(ActionType.SEL_INTERVENTION) + LOST


def harms_of(tally: Tally) -> Harms:
    """The harms, of all learners; those whose hash is shown nowhere too."""
    learners = tally.learners.values()
    lost = [one.differences[_SEL_LOST] for one in learners if one.differences]
    base = [one.base_days for one in learners]
    candidate = [one.candidate_days for one in learners]
    newly = sum(1 for one in learners if one.candidate_days.over and not one.base_days.over)
    return Harms(
        lost_interventions=sum(lost),
        learners_losing_interventions=sum(1 for count in lost if count),
        breaks_a_day=tally.breaks_a_day,
        learners_over_base=_learners_over(base),
        learners_over_candidate=_learners_over(candidate),
        learners_newly_over=newly,
        days_over_base=sum(days.over for days in base),
        days_over_candidate=sum(days.over for days in candidate),
        most_breaks_a_day_base=max((days.most for days in base), default=0),
        most_breaks_a_day_candidate=max((days.most for days in candidate), default=0),
        learners_two_levels_below=sum(one.largest_fall >= FAR_BELOW for one in learners),
        largest_fall=max((one.largest_fall for one in learners), default=0),
    )


def _learners_over(days: list[BreakDays]) -> int:
    return sum(1 for one in days if one.over)
