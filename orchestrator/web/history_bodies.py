"""Events and actions as the history shows them over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.history.rows import ActionRow, EventRow, Page, Query, Stage
from orchestrator.web.frozen import Frozen


class EventShown(Frozen):
    """An event, and what became of it."""

    id: str
    type: str
    tenant_id: str
    learner_id: str
    timestamp: datetime = Field(description="the event's own time")
    received_at: datetime
    status: Stage = Field(description="completed: decided; failed: a duplicate, or late")
    outcome: str | None = Field(description="decided, duplicate or late; null: not decided yet")
    policy_version: str | None
    partition: int
    offset: int = Field(description="its place in orchestrator.events")
    action_ids: list[str] = Field(description="what it has called for")

    @classmethod
    def of(cls, row: EventRow) -> Self:
        """The row."""
        return cls(
            id=row.id,
            type=row.type,
            tenant_id=row.tenant_id,
            learner_id=row.learner_id,
            timestamp=row.timestamp,
            received_at=row.received_at,
            status=row.status,
            outcome=row.outcome,
            policy_version=row.policy_version,
            partition=row.partition,
            offset=row.offset,
            action_ids=list(row.action_ids),
        )


class ActionShown(Frozen):
    """An action, why it was asked for, and what has come of it."""

    action_id: str
    type: ActionType
    target_service: Service
    tenant_id: str
    learner_id: str
    event_id: str
    rule: str
    policy_version: str
    created_at: datetime = Field(description="the time of its event")
    expires_at: datetime | None = Field(description="null: never")
    confidence: float
    reason: str
    evidence: dict[str, Any]
    parameters: dict[str, Any]
    title: str | None
    message: str | None
    correlation_id: str | None
    status: Stage = Field(
        description="pending: waiting; executing: was tried, and is tried again; completed: "
        "delivered; failed: every other outcome"
    )
    outcome: Outcome | None = Field(description="null: it has not ended")
    attempts: int = Field(ge=0)
    http_status: int | None = Field(description="of the last call; null: no answer, or no call")
    ended_at: datetime | None
    detail: str = Field(description="what the last call came to")

    @classmethod
    def of(cls, row: ActionRow) -> Self:
        """The row."""
        action = row.action
        return cls(
            action_id=action.action_id,
            type=action.type,
            target_service=row.target_service,
            tenant_id=action.tenant_id,
            learner_id=action.learner_id,
            event_id=action.event_id,
            rule=action.rule,
            policy_version=action.policy_version,
            created_at=action.created_at,
            expires_at=action.expires_at,
            confidence=action.confidence,
            reason=action.reason,
            evidence=action.evidence,
            parameters=action.parameters,
            title=action.title,
            message=action.message,
            correlation_id=action.correlation_id,
            status=row.status,
            outcome=row.outcome,
            attempts=row.attempts,
            http_status=row.http_status,
            ended_at=row.ended_at,
            detail=row.detail,
        )


class PageShown(Frozen):
    """What each page says of itself."""

    total_count: int = Field(ge=0, description="rows that match, on this page or not")
    has_more: bool = Field(description="whether there are older ones behind this page")
    filters_applied: dict[str, str]


class EventsShown(PageShown):
    """A page of events, the newest first."""

    events: list[EventShown]

    @classmethod
    def of(cls, page: Page[EventRow], wanted: Query, filters: Mapping[str, str]) -> Self:
        """The page."""
        return cls(
            events=[EventShown.of(row) for row in page.rows],
            total_count=page.total,
            has_more=wanted.offset + len(page.rows) < page.total,
            filters_applied=dict(filters),
        )


class ActionsShown(PageShown):
    """A page of actions, the newest first."""

    actions: list[ActionShown]

    @classmethod
    def of(cls, page: Page[ActionRow], wanted: Query, filters: Mapping[str, str]) -> Self:
        """The page."""
        return cls(
            actions=[ActionShown.of(row) for row in page.rows],
            total_count=page.total,
            has_more=wanted.offset + len(page.rows) < page.total,
            filters_applied=dict(filters),
        )
