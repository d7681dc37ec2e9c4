"""What of a learner's state can matter for what comes next, so that no state is searched twice.

Times become ages, and a number that is past every bound is as good as the bound. Of a model's
states only that part counts which its events can touch and its watches look at. Two states with
the same essence are decided alike, event for event: a property test holds each against `decide`.
"""

from collections.abc import Callable, Hashable

from orchestrator.core.policy import Policy
from orchestrator.core.session import Session
from orchestrator.core.state import LearnerState
from orchestrator.core.times import HOUR, MINUTE

Essence = Callable[[LearnerState, int], Hashable]
"""Of a state and the newest time so far."""

LONGEST_REPORT = 600 * MINUTE
"""No event tells of a longer stretch of work (core/events.py)."""
LONGEST_BREAK = HOUR
"""Nor is a break longer (core/numbers.py)."""


def of_levels(policy: Policy) -> Essence:
    """For events that move levels, assessments aside."""
    right, wrong = policy.level.up.streak, policy.level.down.streak

    def essence(state: LearnerState, _now: int) -> Hashable:
        streaks = min(state.correct_streak, right), min(state.incorrect_streak, wrong)
        return state.level, streaks

    return essence


def of_assessments(state: LearnerState, now: int) -> Hashable:
    """For assessments, and what sets a level outright."""
    return state.level, tuple((now - one.at, one.score) for one in state.assessments)


def of_breaks(policy: Policy, back: int) -> Essence:
    """For events that lead to breaks, none of them more than `back` before the newest."""
    gap = policy.breaks.gap + back

    def essence(state: LearnerState, now: int) -> Hashable:
        return _age(state.last_break_at, now, gap), _stretch(state.session, now, policy, back)

    return essence


def of_feelings(policy: Policy, back: int) -> Essence:
    """For alerts, none of them more than `back` before the newest time."""
    numbers = policy.sel
    forgotten = numbers.kept_for + back

    def essence(state: LearnerState, now: int) -> Hashable:
        return (
            tuple(now - at for at in state.sel_alerts if now - at <= forgotten),
            _age(state.last_sel_intervention_at, now, numbers.cooldown + back),
            _age(state.last_break_at, now, policy.breaks.gap + back),
            _age(state.session.last_activity_at, now, back + 1),
        )

    return essence


def _age(at: int | None, now: int, most: int) -> int:
    """How long ago; what was never is as long ago as can matter."""
    return most if at is None else min(most, now - at)


def _stretch(session: Session, now: int, policy: Policy, back: int) -> Hashable:
    """The session: a rest after which everything begins anew is as good as none before."""
    rested = policy.session.pause + LONGEST_REPORT + back
    if session.last_activity_at is None or now - session.last_activity_at >= rested:
        return None
    worked, enough = session.worked, max(policy.breaks.session.after, LONGEST_BREAK)
    idle = now - session.last_activity_at
    if worked - session.elapsed >= enough:
        return idle, enough, 0
    return idle, worked, session.elapsed
