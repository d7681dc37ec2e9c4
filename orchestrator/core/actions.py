"""The actions: what a decision asks a downstream service to do."""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId


class ActionType(StrEnum):
    """The four things that can be asked."""

    LEVEL_SUGGESTED = "LEVEL_SUGGESTED"
    LEARNING_PATH_UPDATE = "LEARNING_PATH_UPDATE"
    GAME_BREAK = "GAME_BREAK"
    SEL_INTERVENTION = "SEL_INTERVENTION"


class Service(StrEnum):
    """The downstream services; each has topics and a client of its own."""

    LEARNER = "learner-svc"
    NOTIFICATION = "notification-svc"


SERVICE_OF: dict[ActionType, Service] = {
    ActionType.LEVEL_SUGGESTED: Service.LEARNER,
    ActionType.LEARNING_PATH_UPDATE: Service.LEARNER,
    ActionType.GAME_BREAK: Service.NOTIFICATION,
    ActionType.SEL_INTERVENTION: Service.NOTIFICATION,
}
"""Who is asked."""

URGENT: frozenset[ActionType] = frozenset({ActionType.SEL_INTERVENTION})
"""Types with a topic of their own, so that they need not be dug out of a backlog."""


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


_decoder = msgspec.json.Decoder(Action)
_encoder = msgspec.json.Encoder()


def encode_action(action: Action) -> bytes:
    """The value of a record in an actions topic: JSON, times in RFC 3339 UTC."""
    return _encoder.encode(action)


def decode_action(raw: bytes) -> Action:
    """The inverse of encode_action. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(raw)


def action_id(tenant: TenantId, learner: LearnerId, event: EventId, rule: str) -> ActionId:
    """The action's identity, 32 hex digits: the same in every replay, on every machine.

    Each part is hashed with its length before it, so that no two sets of parts run together.
    """
    digest = blake2b(digest_size=16)
    for part in (tenant, learner, event, rule):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4) + encoded)
    return ActionId(digest.hexdigest())
