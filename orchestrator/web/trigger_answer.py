"""The answers of POST /internal/trigger."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode

from msgspec.structs import asdict
from pydantic import Field

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.decide import DecisionOutcome
from orchestrator.core.events import Event
from orchestrator.web.frozen import Frozen


class DecisionShown(Frozen):
    """What became of the event (decided, duplicate, late), and where it stands in Kafka.

    `offset` null and `dry_run` true: it stands nowhere, it is what would become of it.
    """

    outcome: DecisionOutcome
    partition: int
    offset: int | None
    dry_run: bool = False


class GeneratedAction(Frozen):
    """What the event asks a service to do. `title` and `message` are for the child to read."""

    action_id: str = Field(description="the same in every replay; the Idempotency-Key of the call")
    type: ActionType
    tenant_id: str
    learner_id: str
    event_id: str
    rule: str
    policy_version: str
    created_at: datetime = Field(description="the event's time")
    expires_at: datetime | None = Field(description="null: never")
    confidence: float = Field(ge=0, le=1)
    reason: str = Field(description="a sentence for a teacher")
    evidence: dict[str, Any] = Field(description="what was observed, and the threshold for it")
    parameters: dict[str, Any]
    title: str | None
    message: str | None
    correlation_id: str | None

    @classmethod
    def of(cls, action: Action) -> Self:
        """The action, field by field."""
        return cls(**asdict(action))


class TriggerAnswer(Frozen):
    """The answer. `decision` null: not decided yet, the Location header says where it will be."""

    event_id: str
    actions_generated: list[GeneratedAction]
    processing_time_ms: float
    decision: DecisionShown | None


def trigger_answer(
    event: Event, decision: DecisionShown | None, actions: Iterable[Action], seconds: float
) -> TriggerAnswer:
    """The answer about an event whose decision took so many seconds."""
    return TriggerAnswer(
        event_id=event.id,
        actions_generated=[GeneratedAction.of(action) for action in actions],
        processing_time_ms=round(seconds * 1000, 3),
        decision=decision,
    )


def location(event: Event) -> str:
    """Where the decision on an event will stand."""
    query = {"tenant_id": event.tenant_id, "learner_id": event.learner_id, "id": event.id}
    return f"/events?{urlencode(query)}"
