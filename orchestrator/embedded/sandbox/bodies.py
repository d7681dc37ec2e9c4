"""What the two services take: their routes, and each body field by field.

Anything else is a 400 with the reason.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from orchestrator.embedded.sandbox.faults import Service

Level = Literal["beginner", "easy", "moderate", "challenging", "advanced"]
BreakType = Literal["mindfulness", "energizer", "attention", "movement"]
InterventionType = Literal[
    "anxiety_support",
    "frustration_management",
    "confidence_building",
    "attention_support",
    "general_support",
]
Text = Annotated[str, Field(min_length=1)]


class Body(BaseModel):
    """Exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SuggestionMetadata(Body):
    """Which action this is, and when it was decided (event time)."""

    orchestrator_action_id: Text
    suggested_at: AwareDatetime
    temporary: bool | None = None


class LevelBody(Body):
    """PUT /api/learners/{learner_id}/level."""

    suggested_level: Level
    reason: Text
    confidence: float = Field(ge=0, le=1)
    metadata: SuggestionMetadata


class BaselinePath(Body):
    """The path after a baseline."""

    focus_areas: list[str]
    strength_areas: list[str]
    initial_level: Level
    adaptation_enabled: bool


class EngagementAdjustments(Body):
    """How lively the material is to be."""

    gamification: Text
    breaks: Text
    variety: Text
    interaction: Text


class CourseworkPath(Body):
    """The path after coursework with gaps."""

    remediation_topics: list[str] = Field(min_length=1)
    acceleration_topics: list[str]
    engagement_adjustments: EngagementAdjustments | None = None


class PathMetadata(Body):
    """Which action this is, and when it was decided (event time)."""

    orchestrator_action_id: Text
    suggested_at: AwareDatetime


class PathBody(Body):
    """PUT /api/learners/{learner_id}/learning-path."""

    path_updates: BaselinePath | CourseworkPath
    reason: Text
    metadata: PathMetadata


class Notification(Body):
    """What both notifications have in common."""

    user_id: Text
    tenant_id: Text
    title: Text
    message: Text
    priority: Literal["high"]
    channels: list[Literal["in_app"]] = Field(min_length=1)
    action_url: Text
    scheduled_time: AwareDatetime


class BreakMetadata(Body):
    """Which action this is, and how long to play."""

    orchestrator_action_id: Text
    break_type: BreakType
    break_duration_minutes: float = Field(gt=0, le=60)


class GameBreak(Notification):
    """A break to play."""

    notification_type: Literal["game_break"]
    metadata: BreakMetadata

    def destination(self) -> str:
        """Where the notification must lead."""
        return f"/breaks/{self.metadata.break_type}"


class InterventionMetadata(Body):
    """Which action this is, and how urgent."""

    orchestrator_action_id: Text
    intervention_type: InterventionType
    urgency: Literal["moderate", "high"]


class Intervention(Notification):
    """Social-emotional support."""

    notification_type: Literal["sel_intervention"]
    metadata: InterventionMetadata

    def destination(self) -> str:
        """Where the notification must lead."""
        return f"/sel/{self.metadata.intervention_type}"


ANY_NOTIFICATION: TypeAdapter[GameBreak | Intervention] = TypeAdapter(
    Annotated[GameBreak | Intervention, Field(discriminator="notification_type")]
)

Check = Callable[[bytes, str], str | None]
"""(body, idempotency key) -> what is wrong, or None."""


def check_level(body: bytes, key: str) -> str | None:
    """Say what is wrong with a level suggestion, or None."""
    return _wrong(body, key, LevelBody.model_validate_json)


def check_path(body: bytes, key: str) -> str | None:
    """Say what is wrong with an update of the learning path, or None."""
    return _wrong(body, key, PathBody.model_validate_json)


def check_notification(body: bytes, key: str) -> str | None:
    """Say what is wrong with a notification, or None."""
    wrong = _wrong(body, key, ANY_NOTIFICATION.validate_json)
    if wrong:
        return wrong
    notification = ANY_NOTIFICATION.validate_json(body)
    if notification.action_url != notification.destination():
        return f"action_url: {notification.action_url} should be {notification.destination()}"
    return None


def _wrong(body: bytes, key: str, read: Callable[[bytes], Any]) -> str | None:
    try:
        content = read(body)
    except ValidationError as error:
        return "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
    if content.metadata.orchestrator_action_id != key:
        return "metadata.orchestrator_action_id: differs from Idempotency-Key"
    return None


class Route(NamedTuple):
    """What a service takes, and how its body is checked."""

    service: Service
    method: str
    path: str
    check: Check


ROUTES = (
    Route(Service.LEARNER, "PUT", "/api/learners/{learner_id}/level", check_level),
    Route(Service.LEARNER, "PUT", "/api/learners/{learner_id}/learning-path", check_path),
    Route(Service.NOTIFICATION, "POST", "/api/notifications/schedule", check_notification),
)
