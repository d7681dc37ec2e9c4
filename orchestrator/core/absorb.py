"""What an event tells of the learner, taken into the state before any rule looks at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from orchestrator.core.assessments import Assessment, mean_score, with_assessment
from orchestrator.core.case import Case
from orchestrator.core.events import (
    AssessmentComplete,
    BaselineComplete,
    CourseworkAnalyzed,
    CourseworkData,
    EngagementLow,
    Event,
    LearnerErased,
    LearnerProgress,
    LevelSuggestionFailed,
    SelAlert,
    SlpUpdated,
)
from orchestrator.core.levels import Level
from orchestrator.core.rules.sel import recent_alerts, with_alert
from orchestrator.core.session import Session, after_activity
from orchestrator.core.state import LearnerState, stub_of
from orchestrator.core.streaks import Streaks, after_accuracy, after_answers
from orchestrator.core.times import MINUTE

if TYPE_CHECKING:  # the policy is made of the rules' own sections
    from orchestrator.core.policy import Policy

_encoder = msgspec.json.Encoder()


def at_level(state: LearnerState, level: Level) -> LearnerState:
    """The state at a level. Any change of it ends both streaks."""
    if level is state.level:
        return state
    return replace(state, level=level, correct_streak=0, incorrect_streak=0)


def activity(case: Case) -> None:
    """The learner was at work; what else the event says is only the rules' concern."""
    case.state = replace(case.state, session=_session(case))


def slp_updated(case: Case) -> None:
    """Keep the profile if it is short; its score always."""
    event: SlpUpdated = case.event
    profile = _encoder.encode(event.data)
    if len(profile) > case.policy.event.slp_profile_bytes:
        profile = b""
    case.state = replace(case.state, slp_profile=profile, slp_score=event.communication_score)


def sel_alert(case: Case) -> None:
    """Take the alert into the window, and count what the window holds up to it."""
    numbers = case.policy.sel
    alerts = with_alert(case.state.sel_alerts, case.at, numbers)
    case.recent_alerts = recent_alerts(alerts, case.at, numbers)
    case.state = replace(case.state, sel_alerts=alerts)


def coursework(case: Case) -> None:
    """Streaks, session, performance and engagement."""
    event: CourseworkAnalyzed = case.event
    data, state = event.data, case.state
    metrics = data.performance_metrics
    case.performance, case.engagement = metrics.accuracy, metrics.engagement
    correct, incorrect = streaks_after(data, state, case.policy)
    case.state = replace(
        state,
        correct_streak=correct,
        incorrect_streak=incorrect,
        session=_session(case, duration_of(data)),
        performance=metrics.accuracy,
        engagement=state.engagement if metrics.engagement is None else metrics.engagement,
    )


def streaks_after(data: CourseworkData, state: LearnerState, policy: Policy) -> Streaks:
    """A learner's streaks after a piece of coursework."""
    streaks = state.correct_streak, state.incorrect_streak
    if data.answers:
        return after_answers(streaks, data.answers)
    return after_accuracy(streaks, data.performance_metrics.accuracy, policy.streaks)


def duration_of(data: CourseworkData) -> int | None:
    """How long a piece of coursework took, in microseconds, if it says so."""
    minutes = data.session_duration
    return None if minutes is None else round(minutes * MINUTE)


def assessment(case: Case) -> None:
    """Performance is the mean of the assessments kept; one too old to be kept does not move it."""
    event: AssessmentComplete = case.event
    new = Assessment(case.at, event.data.score)
    kept = with_assessment(case.state.assessments, new, case.policy.assessments)
    case.performance = performance = mean_score(kept)
    case.state = replace(
        case.state, assessments=kept, performance=performance, session=_session(case)
    )


def progress(case: Case) -> None:
    """Performance, engagement, or both."""
    event: LearnerProgress = case.event
    state = case.state
    performance, engagement = event.data.performance_score, event.data.engagement_score
    case.performance, case.engagement = performance, engagement
    case.state = replace(
        state,
        performance=state.performance if performance is None else performance,
        engagement=state.engagement if engagement is None else engagement,
        session=_session(case),
    )


def engagement_low(case: Case) -> None:
    """Engagement, if it was measured."""
    event: EngagementLow = case.event
    score = event.data.engagement_score
    engagement = case.state.engagement if score is None else score
    case.state = replace(case.state, engagement=engagement, session=_session(case))


def level_suggestion_failed(case: Case) -> None:
    """If the newest suggestion failed, the learner is at the level that did arrive.

    Where none ever did, that is the level before the first of the suggestions that failed.
    An older suggestion than the newest is moot: what came after it decides.
    """
    event: LevelSuggestionFailed = case.event
    pending = case.state.pending
    if pending is None or pending.action_id != event.data.action_id:
        return
    level = event.data.delivered_level or pending.level_before
    case.state = replace(at_level(case.state, level), pending=None)


def learner_erased(case: Case) -> None:
    """Keep the position, and the ids by which events from before are known again."""
    case.state = stub_of(case.state, case.policy.level.start)


def _session(case: Case, duration: int | None = None) -> Session:
    return after_activity(case.state.session, case.at, duration, case.policy.session.pause)


ABSORB: dict[type[Event], Callable[[Case], Any]] = {
    BaselineComplete: activity,
    SlpUpdated: slp_updated,
    SelAlert: sel_alert,
    CourseworkAnalyzed: coursework,
    AssessmentComplete: assessment,
    LearnerProgress: progress,
    EngagementLow: engagement_low,
    LevelSuggestionFailed: level_suggestion_failed,
    LearnerErased: learner_erased,
}
"""How each type of event is taken in."""
