"""The actions: what a decision asks a downstream service to do."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId


class ActionType(StrEnum):
    """The four things that can be asked."""

    LEVEL_SUGGESTED = "LEVEL_SUGGESTED"
    LEARNING_PATH_UPDATE = "LEARNING_PATH_UPDATE"
    GAME_BREAK = "GAME_BREAK"
    SEL_INTERVENTION = "SEL_INTERVENTION"


class Outcome(StrEnum):
    """How an action ended. Each ends in exactly one."""

    DELIVERED = "delivered"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    ERASED = "erased"


class Action(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request of a decision; the value of a record in an actions topic.

    `action_id` is a hash of (tenant, learner, event id, rule), the same in every replay, and the
    Idempotency-Key of the call. `created_at` is the event's time; `expires_at` None: never.
    `title` and `message` are the plain words for the child (GAME_BREAK, SEL_INTERVENTION), kept
    with the action so that a retry is byte-identical even if the texts have changed since.
    """

    action_id: ActionId
    type: ActionType
    tenant_id: TenantId
    learner_id: LearnerId
    event_id: EventId
    rule: str
    policy_version: str
    created_at: datetime
    expires_at: datetime | None
    confidence: float
    reason: str
    evidence: dict[str, Any]
    parameters: dict[str, Any]
    title: str | None = None
    message: str | None = None
    correlation_id: str | None = None
