"""Two states of one learner that only actions have led apart.

What rules and actions change in a state is little: level, streaks, the pending suggestion, breaks
and the session. All the rest is what the events told, so it is equal on both sides as long as both
take them in by the same numbers, and what an event tells need be taken in once only.
"""

from msgspec.structs import replace

from orchestrator.core.absorb import duration_of, streaks_after
from orchestrator.core.case import Case
from orchestrator.core.events import CourseworkAnalyzed
from orchestrator.core.session import Session, after_activity
from orchestrator.core.state import LearnerState


def are_akin(state: LearnerState, other: LearnerState) -> bool:
    """Whether what the events told is the same in both."""
    if state.recent_ids is other.recent_ids:
        # One object: the one was made of the other, by taken_in_as_well or by actions alone.
        return True
    return (
        state.recent_ids == other.recent_ids
        and state.offset == other.offset
        and state.partition == other.partition
        and state.session.last_activity_at == other.session.last_activity_at
        and state.sel_alerts == other.sel_alerts
        and state.assessments == other.assessments
        and state.slp_score == other.slp_score
        and state.slp_profile == other.slp_profile
        and state.performance == other.performance
        and state.engagement == other.engagement
        and state.last_event_at == other.last_event_at
        and state.schema_version == other.schema_version
    )


def taken_in_as_well(other: LearnerState, case: Case, before: LearnerState) -> LearnerState:
    """The state that an event leads to from `other`, before any rule looks at it.

    `case`: the event taken in from `before`, which is akin to `other`, by the same numbers. One of
    our own events is none that this can be asked of: what it changes is what actions did.
    """
    event, streaks = case.event, (other.correct_streak, other.incorrect_streak)
    if type(event) is CourseworkAnalyzed:
        streaks = streaks_after(event.data, other, case.policy)
    # Where an activity is none, or comes too late to count, it is so for both.
    is_activity = case.state.session is not before.session
    return replace(
        case.state,
        level=other.level,
        correct_streak=streaks[0],
        incorrect_streak=streaks[1],
        session=session_as_well(other, case) if is_activity else other.session,
        last_break_at=other.last_break_at,
        last_sel_intervention_at=other.last_sel_intervention_at,
        pending=other.pending,
    )


def differ_in_breaks_only(state: LearnerState, other: LearnerState) -> bool:
    """Whether states that are akin differ in nothing but the last break and the session."""
    return (
        state.level is other.level
        and state.correct_streak == other.correct_streak
        and state.incorrect_streak == other.incorrect_streak
        and state.pending == other.pending
        and state.last_sel_intervention_at == other.last_sel_intervention_at
    )


def session_as_well(other: LearnerState, case: Case) -> Session:
    """The session that an event leads to from `other`, as taken_in_as_well has it."""
    event = case.event
    duration = duration_of(event.data) if type(event) is CourseworkAnalyzed else None
    return after_activity(other.session, case.at, duration, case.policy.session.pause)
