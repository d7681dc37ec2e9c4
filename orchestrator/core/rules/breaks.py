"""When a learner needs a break: at most one an event, and never soon after the last.

A break that would come too late is none: an event from longer before the last activity than a
break lives, or from before the last break, yields no break.
"""

from orchestrator.core.actions import ActionType
from orchestrator.core.case import Case, Verdict
from orchestrator.core.events import EngagementLow
from orchestrator.core.numbers import BreakMinutes, Minutes, Numbers, Ratio
from orchestrator.core.times import MINUTE


class PlainBreakNumbers(Numbers, frozen=True):
    """How long a break is."""

    minutes: BreakMinutes


class EngagementBreakNumbers(Numbers, frozen=True):
    """`break.engagement`: for engagement below this."""

    below: Ratio
    minutes: BreakMinutes


class SessionBreakNumbers(Numbers, frozen=True):
    """`break.session`: after so much continuous learning."""

    after: Minutes
    minutes: BreakMinutes


class BreakNumbers(Numbers, frozen=True):
    """The `break` section of the policy. `gap`: between two breaks; `expires`: from the event."""

    gap: Minutes
    expires: Minutes
    sel: PlainBreakNumbers
    engagement_low: PlainBreakNumbers
    engagement: EngagementBreakNumbers
    session: SessionBreakNumbers


def sel(case: Case) -> Verdict:
    """A quiet moment together with an SEL intervention."""
    intervention = case.gives(ActionType.SEL_INTERVENTION)
    if intervention is None:
        return Verdict(False, None, None)
    return _break(case, "mindfulness", case.policy.breaks.sel.minutes, intervention.rule, None)


def engagement_low(case: Case) -> Verdict:
    """Something lively for a learner who is losing interest."""
    event: EngagementLow = case.event
    length = case.policy.breaks.engagement_low.minutes
    return _break(case, "energizer", length, event.data.engagement_score, None)


def engagement(case: Case) -> Verdict:
    """A moment off for a learner whose figures show low engagement."""
    numbers, observed = case.policy.breaks.engagement, case.engagement
    if observed is None or observed >= numbers.below:
        return Verdict(False, observed, numbers.below)
    return _break(case, "attention", numbers.minutes, observed, numbers.below)


def session(case: Case) -> Verdict:
    """Some movement after a long stretch; only the newest activity can tell how long it was."""
    numbers, worked = case.policy.breaks.session, case.state.session.worked
    observed, threshold = worked / MINUTE, numbers.after / MINUTE
    if worked < numbers.after or case.behind:
        return Verdict(False, observed, threshold)
    return _break(case, "movement", numbers.minutes, observed, threshold)


def _break(
    case: Case,
    kind: str,
    length: int,
    observed: float | str | None,
    threshold: float | None,
) -> Verdict:
    """A break of `length` minutes, unless it is too soon after the last, or too late to be one."""
    numbers, last = case.policy.breaks, case.state.last_break_at
    if last is not None and case.at - last < numbers.gap:
        return Verdict(False, observed, threshold, not_before=last + numbers.gap)
    if case.behind > numbers.expires:
        return Verdict(False, observed, threshold)
    parameters = {"break_type": kind, "duration_minutes": length}
    return Verdict(True, observed, threshold, parameters=parameters)
