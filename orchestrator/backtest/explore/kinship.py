"""Which points of a grid may share one decision, and when.

Most events call for nothing under any point of a grid, and then the learner's next state depends
on the sections alone that absorbing looks at. So points that agree in these are kin, and one
decision serves all of them while their states are the same and even the most eager would be silent.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from orchestrator.core.case import Case
from orchestrator.core.decide import Decision
from orchestrator.core.events import AssessmentComplete, CourseworkAnalyzed, Event, LearnerProgress
from orchestrator.core.policy import Policy
from orchestrator.core.rules.quiet import calls_for_nothing


class Kin:
    """Points (their numbers) whose policies absorb events alike. `policies`: of all points."""

    def __init__(self, points: tuple[int, ...], policies: Sequence[Policy]) -> None:
        self.points = points
        members = [policies[point] for point in points]
        self._eager = most_eager(members)
        seen = [policy.seen_through for policy in members]
        self._seen_through = frozenset.intersection(*seen)

    def all_silent(self, event: Event, at: int, decision: Decision) -> bool:
        """Whether what one of them decided, without an action, holds for all of them.

        If False, it may hold or not. `at`: the event's time in microseconds.
        """
        kind = type(event)
        if decision.actions or kind not in self._seen_through:
            return False
        case = Case(event, at, self._eager, decision.state)
        if isinstance(event, CourseworkAnalyzed):
            metrics = event.data.performance_metrics
            case.performance, case.engagement = metrics.accuracy, metrics.engagement
        elif isinstance(event, LearnerProgress):
            case.performance = event.data.performance_score
            case.engagement = event.data.engagement_score
        elif isinstance(event, AssessmentComplete):
            case.performance = decision.state.performance
        else:
            return False
        return calls_for_nothing(case)


def kin_of(policies: Sequence[Policy]) -> tuple[Kin, ...]:
    """All points in groups of kin, in the order of their first members."""
    found: dict[object, list[int]] = {}
    for point, policy in enumerate(policies):
        found.setdefault(absorbed_by(policy), []).append(point)
    return tuple(Kin(tuple(points), policies) for points in found.values())


def absorbed_by(policy: Policy) -> object:
    """What the state after an event without an action depends on, apart from state and event."""
    return (
        policy.event,
        policy.streaks,
        policy.session,
        policy.assessments,
        policy.sel,
        policy.level.start,
    )


def most_eager(policies: Sequence[Policy]) -> Policy:
    """A policy under which calls_for_nothing only if it does under each of these.

    For that question alone: it need not be one that could be meant.
    """
    levels = [policy.level for policy in policies]
    breaks = [policy.breaks for policy in policies]
    down = replace(
        levels[0].down,
        performance=max(each.down.performance for each in levels),
        streak=min(each.down.streak for each in levels),
    )
    up = replace(
        levels[0].up,
        performance=min(each.up.performance for each in levels),
        streak=min(each.up.streak for each in levels),
    )
    engagement = replace(breaks[0].engagement, below=max(each.engagement.below for each in breaks))
    session = replace(breaks[0].session, after=min(each.session.after for each in breaks))
    return replace(
        policies[0],
        level=replace(levels[0], down=down, up=up),
        breaks=replace(breaks[0], engagement=engagement, session=session),
    )
