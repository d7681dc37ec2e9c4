"""Events of one learner in a line each, and a learner who lives through them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from orchestrator.core.actions import Action, ActionType, Outcome
from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.event_codec import event_from
from orchestrator.core.events import Event, FailedSuggestion, LearnerErased, LevelSuggestionFailed
from orchestrator.core.ids import EventId, LearnerId, TenantId
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.state import LearnerState, new_learner
from orchestrator.core.times import MINUTE

CONFIG = Path(__file__).parents[3] / "config"
POLICY_TOML = (CONFIG / "policy.toml").read_text()
MESSAGES_TOML = (CONFIG / "messages.en.toml").read_text()
POLICY = load_policy(POLICY_TOML, MESSAGES_TOML)

START = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
A_HAIR = timedelta(microseconds=1)

_ids = count(1)


def after(minutes: float = 0, *, hours: float = 0, days: float = 0) -> datetime:
    """The moment so long after (or, below 0, before) START."""
    return START + timedelta(minutes=minutes, hours=hours, days=days)


def event(kind: str, data: dict[str, Any], at: datetime = START, **fields: Any) -> Event:
    """An event of the learner `ana` of the tenant `school`."""
    common: dict[str, Any] = {
        "id": f"event-{next(_ids)}",
        "tenant_id": "school",
        "learner_id": "ana",
        "timestamp": at,
        "received_at": at + timedelta(seconds=1),
    }
    return event_from({"type": kind, "data": data} | common | fields)


def baseline(score: float, at: datetime = START, **data: Any) -> Event:
    return event("BASELINE_COMPLETE", {"overall_score": score} | data, at)


def slp(score: float | None, at: datetime = START, **data: Any) -> Event:
    scored = {} if score is None else {"communication_score": score}
    return event("SLP_UPDATED", scored | data, at)


def sel(severity: object = "medium", at: datetime = START, alert_type: object = "anxiety") -> Event:
    return event("SEL_ALERT", {"alert_type": alert_type, "severity": severity}, at)


def coursework(
    accuracy: float = 0.6,
    at: datetime = START,
    *,
    engagement: float | None = None,
    minutes: float | None = None,
    answers: Sequence[bool] = (),
    gaps: Sequence[str] = (),
    mastery: Sequence[str] = (),
) -> Event:
    """A piece of coursework; with an accuracy of .6 it says nothing about level or streaks."""
    data = {
        "performance_metrics": {"accuracy": accuracy, "engagement": engagement},
        "session_duration": minutes,
        "answers": list(answers),
        "learning_gaps": list(gaps),
        "mastery_areas": list(mastery),
    }
    return event("COURSEWORK_ANALYZED", data, at)


def assessment(score: float, at: datetime = START) -> Event:
    return event("ASSESSMENT_COMPLETE", {"score": score}, at)


def progress(
    performance: float | None = None, at: datetime = START, *, engagement: float | None = None
) -> Event:
    data = {"performance_score": performance, "engagement_score": engagement}
    return event("LEARNER_PROGRESS", data, at)


def engagement_low(at: datetime = START, score: float | None = None) -> Event:
    return event("ENGAGEMENT_LOW", {"engagement_score": score}, at)


def failed(suggestion: Action, delivered_level: str | None = None) -> Event:
    """What the outcomes agent writes of a suggestion that did not arrive."""
    return LevelSuggestionFailed(
        id=EventId(f"failed:{suggestion.action_id}"),
        tenant_id=suggestion.tenant_id,
        learner_id=suggestion.learner_id,
        timestamp=suggestion.created_at,
        received_at=suggestion.created_at + timedelta(days=1),
        data=FailedSuggestion(
            suggestion.action_id,
            Outcome.EXPIRED,
            Level(delivered_level) if delivered_level else None,
        ),
    )


def erased(at: datetime = START, learner: str = "ana") -> Event:
    """What is written when a learner of the tenant `school` is to be forgotten."""
    return LearnerErased(
        id=EventId(f"erased:{next(_ids)}"),
        tenant_id=TenantId("school"),
        learner_id=LearnerId(learner),
        timestamp=at,
        received_at=at,
    )


class Learner:
    """A learner who lives through events in the order in which they arrive."""

    def __init__(self, level: Level = Level.MODERATE, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.state: LearnerState = new_learner(level)
        self.offset = -1

    def sees(self, event: Event) -> Decision:
        """Decide the event as the next of the partition, and go on from there."""
        self.offset += 1
        decision = decide(self.state, event, Position(0, self.offset), self.policy)
        self.state = decision.state
        return decision

    def gets(self, kind: ActionType, event: Event) -> Action | None:
        """The action of a type, if any, that the event gives."""
        return next((one for one in self.sees(event).actions if one.type is kind), None)

    def gets_level(self, event: Event) -> tuple[str, str] | None:
        """The rule and the level of the suggestion, if any, that the event gives."""
        action = self.gets(ActionType.LEVEL_SUGGESTED, event)
        return None if action is None else (action.rule, action.parameters["suggested_level"])

    def gets_break(self, event: Event) -> str | None:
        """The rule of the break, if any, that the event gives."""
        action = self.gets(ActionType.GAME_BREAK, event)
        return None if action is None else action.rule

    def gets_intervention(self, event: Event) -> Action | None:
        """The SEL intervention, if any, that the event gives."""
        return self.gets(ActionType.SEL_INTERVENTION, event)

    def worked(self) -> float:
        """Minutes of the present session."""
        return self.state.session.worked / MINUTE
