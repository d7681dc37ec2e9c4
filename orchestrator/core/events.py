"""The canonical events: one frozen struct a type, the value of a record in `orchestrator.events`."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta, Struct

from orchestrator.core.ids import EventId, LearnerId, TenantId

Ratio = Annotated[float, Meta(ge=0.0, le=1.0)]
Identifier = Annotated[str, Meta(min_length=1, max_length=128)]


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every event has. `timestamp` is the event's own time, `received_at` that of its arrival."""

    id: EventId
    tenant_id: TenantId
    learner_id: LearnerId
    timestamp: datetime
    received_at: datetime
    source_service: str | None = None
    correlation_id: str | None = None


class BaselineData(Struct, frozen=True):
    overall_score: Ratio
    strengths: list[str] = []
    challenges: list[str] = []


class BaselineComplete(Event, frozen=True, kw_only=True, tag="BASELINE_COMPLETE"):
    data: BaselineData
