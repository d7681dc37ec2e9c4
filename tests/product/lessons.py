"""What learners do, of each type of event, and the calls that it must lead to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from orchestrator.core.actions import ActionType
from orchestrator.core.events import EventType

ROUTES = {
    ActionType.LEVEL_SUGGESTED: ("PUT", "/api/learners/{}/level"),
    ActionType.LEARNING_PATH_UPDATE: ("PUT", "/api/learners/{}/learning-path"),
    ActionType.GAME_BREAK: ("POST", "/api/notifications/schedule"),
    ActionType.SEL_INTERVENTION: ("POST", "/api/notifications/schedule"),
}
"""Method and path, with a place for the learner."""


class Due(NamedTuple):
    """A call, the rule that asks for it, and what its body must hold, whatever else it holds."""

    rule: str
    type: ActionType
    body: Mapping[str, Any]


class Lesson(NamedTuple):
    """Alike events of one learner, so many minutes ago; the last of them leads to what is due."""

    stream: str
    type: EventType
    data: Mapping[str, Any]
    due: tuple[Due, ...]
    ago: tuple[int, ...] = (0,)

    def events(self, tenant: str, learner: str, now: datetime) -> list[dict[str, Any]]:
        """The events, in their order. A learner has one lesson."""
        return [
            {
                "id": f"{learner}-{number}",
                "type": self.type,
                "tenant_id": tenant,
                "learner_id": learner,
                "timestamp": (now - timedelta(minutes=minutes)).isoformat(),
                "data": self.data,
            }
            for number, minutes in enumerate(self.ago)
        ]


def holds(body: Any, part: Any) -> bool:
    """Whether `part` is in a body: of an object, the fields that it names."""
    if isinstance(part, Mapping):
        return isinstance(body, Mapping) and all(
            name in body and holds(body[name], value) for name, value in part.items()
        )
    return bool(body == part)


def level(rule: str, suggested: str, confidence: float, *, temporary: bool = False) -> Due:
    """A suggested level."""
    metadata = {"temporary": True} if temporary else {}
    body = {"suggested_level": suggested, "confidence": confidence, "metadata": metadata}
    return Due(rule, ActionType.LEVEL_SUGGESTED, body)


def path(rule: str, **updates: Any) -> Due:
    """A change of the learning path."""
    return Due(rule, ActionType.LEARNING_PATH_UPDATE, {"path_updates": updates})


def game_break(rule: str, kind: str, minutes: int) -> Due:
    """A break."""
    metadata = {"break_type": kind, "break_duration_minutes": minutes}
    body = {"notification_type": "game_break", "metadata": metadata}
    return Due(rule, ActionType.GAME_BREAK, body)


def support(rule: str, kind: str, urgency: str) -> Due:
    """Support for feelings."""
    metadata = {"intervention_type": kind, "urgency": urgency}
    body = {"notification_type": "sel_intervention", "metadata": metadata}
    return Due(rule, ActionType.SEL_INTERVENTION, body)


def _coursework(accuracy: float, engagement: float, **more: Any) -> dict[str, Any]:
    return {"performance_metrics": {"accuracy": accuracy, "engagement": engagement}, **more}


LESSONS = (
    Lesson(
        "baseline",
        EventType.BASELINE_COMPLETE,
        {"overall_score": 0.95, "strengths": ["reading"], "challenges": ["writing"]},
        (
            level("level.baseline", "advanced", 0.85),
            path(
                "path.baseline",
                focus_areas=["writing"],
                strength_areas=["reading"],
                initial_level="advanced",
                adaptation_enabled=True,
            ),
        ),
    ),
    Lesson(
        "slp",
        EventType.SLP_UPDATED,
        {"communication_score": 0.3},
        (level("level.slp", "easy", 0.75),),
    ),
    Lesson(
        "sel",
        EventType.SEL_ALERT,
        {"alert_type": "anxiety", "severity": "high"},
        (
            support("sel.high_severity", "anxiety_support", "high"),
            game_break("break.sel", "mindfulness", 5),
        ),
    ),
    Lesson(
        "sel",
        EventType.SEL_ALERT,
        {"alert_type": "frustration", "severity": "medium"},
        (
            support("sel.repeated", "frustration_management", "moderate"),
            game_break("break.sel", "mindfulness", 5),
        ),
        ago=(50, 0),
    ),
    Lesson(
        "coursework",
        EventType.COURSEWORK_ANALYZED,
        _coursework(0.9, 0.5, session_duration=30, learning_gaps=["fractions"]),
        (
            level("level.up.performance", "challenging", 0.8),
            path(
                "path.coursework",
                remediation_topics=["fractions"],
                engagement_adjustments={"gamification": "moderate", "breaks": "normal"},
            ),
            game_break("break.session", "movement", 5),
        ),
    ),
    Lesson(
        "coursework",
        EventType.COURSEWORK_ANALYZED,
        _coursework(0.8, 0.9, session_duration=1),
        (level("level.up.streak", "challenging", 0.8),),
        ago=(4, 3, 2, 1, 0),
    ),
    Lesson(
        "assessment",
        EventType.ASSESSMENT_COMPLETE,
        {"score": 0.9, "percentile": 97},
        (level("level.up.performance", "challenging", 0.8),),
    ),
    Lesson(
        "assessment",
        EventType.ASSESSMENT_COMPLETE,
        {"score": 0.6},
        (game_break("break.session", "movement", 5),),
        ago=(26, 13, 0),
    ),
    Lesson(
        "learner",
        EventType.LEARNER_PROGRESS,
        {"performance_score": 0.2, "engagement_score": 0.1},
        (
            level("level.down.performance", "easy", 0.8),
            game_break("break.engagement", "attention", 3),
        ),
    ),
    Lesson(
        "learner",
        EventType.ENGAGEMENT_LOW,
        {"engagement_score": 0.2},
        (
            level("level.engagement_low", "easy", 0.6, temporary=True),
            game_break("break.engagement_low", "energizer", 3),
        ),
    ),
    Lesson("learner", EventType.LEARNER_PROGRESS, {"performance_score": 0.6}, ()),
)
"""Each type at least once with data that call for something, and one that call for nothing."""
