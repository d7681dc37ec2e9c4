"""What each type of event holds: one frozen struct a type, tagged by its upper-case name."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from orchestrator.core.actions import Outcome
from orchestrator.core.alerts import AlertType, Severity
from orchestrator.core.event_reading import LONGEST_WORD, fault_in, is_ratio
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId
from orchestrator.core.levels import Level

Ratio = Annotated[float, Meta(ge=0.0, le=1.0)]
Minutes = Annotated[float, Meta(ge=0.0, le=600.0)]
Percentile = Annotated[float, Meta(ge=0.0, le=100.0)]
Time = Annotated[datetime, Meta(tz=True)]
Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
_identifier = Meta(min_length=1, max_length=128)


class EventType(StrEnum):
    """What producers may send."""

    BASELINE_COMPLETE = "BASELINE_COMPLETE"
    SLP_UPDATED = "SLP_UPDATED"
    SEL_ALERT = "SEL_ALERT"
    COURSEWORK_ANALYZED = "COURSEWORK_ANALYZED"
    ASSESSMENT_COMPLETE = "ASSESSMENT_COMPLETE"
    LEARNER_PROGRESS = "LEARNER_PROGRESS"
    ENGAGEMENT_LOW = "ENGAGEMENT_LOW"


INTERNAL = frozenset({"LEVEL_SUGGESTION_FAILED", "LEARNER_ERASED"})
"""Types that only we write; refused as unknown where events enter, and counted apart."""


class Event(Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every event has. `timestamp` is its own time, `received_at` that of its arrival.

    `example`: data with which an event of the type is sound.
    """

    type: ClassVar[str]
    example: ClassVar[dict[str, Any]]

    id: Annotated[EventId, _identifier]
    tenant_id: Annotated[TenantId, _identifier]
    learner_id: Annotated[LearnerId, _identifier]
    timestamp: Time
    received_at: Time
    source_service: str | None = None
    correlation_id: str | None = None


class BaselineData(Struct, frozen=True, omit_defaults=True):
    """A first assessment: the share that was right, and where the learner is strong and is not."""

    overall_score: Ratio
    strengths: list[str] = []
    challenges: list[str] = []


class BaselineComplete(Event, frozen=True, kw_only=True, tag="BASELINE_COMPLETE"):
    """The first assessment is done."""

    type: ClassVar[str] = EventType.BASELINE_COMPLETE
    example: ClassVar[dict[str, Any]] = {"overall_score": 0.8}
    data: BaselineData


class SlpUpdated(Event, frozen=True, kw_only=True, tag="SLP_UPDATED"):
    """The speech and language profile has changed. `data` is kept as it is, whatever it holds."""

    type: ClassVar[str] = EventType.SLP_UPDATED
    example: ClassVar[dict[str, Any]] = {"communication_score": 0.5}
    data: dict[str, Any] = {}

    def __post_init__(self) -> None:
        """Raise ValueError on a score that is no ratio, and on what cannot be written again."""
        score = self.data.get("communication_score")
        if score is not None and not is_ratio(score):
            raise ValueError("data.communication_score: expected a number from 0 to 1")
        for name, value in self.data.items():
            if fault := fault_in(value):
                raise ValueError(f"data.{name[:100]}: {fault}")

    @property
    def communication_score(self) -> float | None:
        """The ratio 0..1 under that name in `data`, if there is one."""
        score = self.data.get("communication_score")
        return None if score is None else float(score)  # 1 and 1.0 would be other bytes of state


class SelData(Struct, frozen=True, omit_defaults=True):
    """An alert. `unknown_severity` is the text of a severity nobody knows, which counts as high."""

    alert_type: AlertType
    severity: Severity = Severity.MEDIUM
    unknown_severity: Annotated[str, Meta(max_length=LONGEST_WORD)] | None = None


class SelAlert(Event, frozen=True, kw_only=True, tag="SEL_ALERT"):
    """A social-emotional alert."""

    type: ClassVar[str] = EventType.SEL_ALERT
    example: ClassVar[dict[str, Any]] = {"alert_type": "anxiety"}
    data: SelData


class PerformanceMetrics(Struct, frozen=True, omit_defaults=True):
    """Ratios 0..1 of one piece of coursework."""

    accuracy: Ratio
    engagement: Ratio | None = None
    time_efficiency: Ratio | None = None


class CourseworkData(Struct, frozen=True, omit_defaults=True):
    """A piece of coursework. `session_duration`: minutes worked since the last such event."""

    performance_metrics: PerformanceMetrics
    session_duration: Minutes | None = None
    learning_gaps: list[str] = []
    mastery_areas: list[str] = []
    answers: list[bool] = []


class CourseworkAnalyzed(Event, frozen=True, kw_only=True, tag="COURSEWORK_ANALYZED"):
    """A piece of coursework was looked through."""

    type: ClassVar[str] = EventType.COURSEWORK_ANALYZED
    example: ClassVar[dict[str, Any]] = {"performance_metrics": {"accuracy": 0.6}}
    data: CourseworkData


class AssessmentData(Struct, frozen=True, omit_defaults=True):
    """A test's score, 0..1."""

    score: Ratio
    percentile: Percentile | None = None
    assessment_type: str | None = None


class AssessmentComplete(Event, frozen=True, kw_only=True, tag="ASSESSMENT_COMPLETE"):
    """A test is done."""

    type: ClassVar[str] = EventType.ASSESSMENT_COMPLETE
    example: ClassVar[dict[str, Any]] = {"score": 0.7}
    data: AssessmentData


class ProgressData(Struct, frozen=True, omit_defaults=True):
    """At least one of the two ratios."""

    one_of: ClassVar[tuple[str, ...]] = ("performance_score", "engagement_score")

    performance_score: Ratio | None = None
    engagement_score: Ratio | None = None

    def __post_init__(self) -> None:
        """Raise ValueError if both are absent."""
        if self.performance_score is None and self.engagement_score is None:
            raise ValueError("one of data.performance_score, data.engagement_score is required")


class LearnerProgress(Event, frozen=True, kw_only=True, tag="LEARNER_PROGRESS"):
    """The learner's figures have moved."""

    type: ClassVar[str] = EventType.LEARNER_PROGRESS
    example: ClassVar[dict[str, Any]] = {"performance_score": 0.5, "engagement_score": 0.5}
    data: ProgressData


class EngagementData(Struct, frozen=True, omit_defaults=True):
    """How engaged the learner is, if it was measured."""

    engagement_score: Ratio | None = None


class EngagementLow(Event, frozen=True, kw_only=True, tag="ENGAGEMENT_LOW"):
    """The learner is losing interest."""

    type: ClassVar[str] = EventType.ENGAGEMENT_LOW
    example: ClassVar[dict[str, Any]] = {"engagement_score": 0.2}
    data: EngagementData = EngagementData()


PublicEvent = (
    BaselineComplete
    | SlpUpdated
    | SelAlert
    | CourseworkAnalyzed
    | AssessmentComplete
    | LearnerProgress
    | EngagementLow
)
"""The events that producers may send."""


class FailedSuggestion(Struct, frozen=True, omit_defaults=True):
    """How a level suggestion ended, and the last level that learner-svc did accept."""

    action_id: ActionId
    outcome: Outcome
    delivered_level: Level | None = None


class LevelSuggestionFailed(Event, frozen=True, kw_only=True, tag="LEVEL_SUGGESTION_FAILED"):
    """Internal: a permanent level suggestion did not arrive. Its id is `failed:<action_id>`."""

    type: ClassVar[str] = "LEVEL_SUGGESTION_FAILED"
    data: FailedSuggestion


class LearnerErased(Event, frozen=True, kw_only=True, tag="LEARNER_ERASED"):
    """Internal: what is remembered of the learner is to be forgotten. Its id begins `erased:`."""

    type: ClassVar[str] = "LEARNER_ERASED"


InternalEvent = LevelSuggestionFailed | LearnerErased
"""The events that only we write."""
