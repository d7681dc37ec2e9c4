"""The actions: what a decision asks a downstream service to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId

if TYPE_CHECKING:  # the policy is made of the rules' own sections, and they name actions
    from orchestrator.core.policy import Policy


class ActionType(StrEnum):
    """What can be asked."""

    LEVEL_SUGGESTED = "LEVEL_SUGGESTED"
    LEARNING_PATH_UPDATE = "LEARNING_PATH_UPDATE"
    GAME_BREAK = "GAME_BREAK"
    SEL_INTERVENTION = "SEL_INTERVENTION"


class Service(StrEnum):
    """The downstream services; each has topics and a client of its own."""

    LEARNER = "learner-svc"
    NOTIFICATION = "notification-svc"


class Kind(NamedTuple):
    """What holds for every action of a type.

    `lives`: for how many microseconds it is worth delivering, since the arrival of its event or,
    if `since_event`, since the event itself; None: for ever. `urgent`: it has a topic of its own
    (only notification-svc has one), so that it need not be dug out of a backlog. `spoken`: the
    child reads its title and message. `replayable`: one that was refused may be asked for again by
    hand. `overtaken`: by a newer one that arrived, which a replay must not undo.
    """

    service: Service
    lives: Callable[[Policy], int] | None
    since_event: bool = False
    urgent: bool = False
    spoken: bool = False
    replayable: bool = True
    overtaken: bool = False


KINDS: dict[ActionType, Kind] = {
    # The learner went back to the last level that arrived, and may be elsewhere by now; the next
    # event gives a new suggestion where one is due.
    ActionType.LEVEL_SUGGESTED: Kind(
        Service.LEARNER, lambda policy: policy.level.expires, replayable=False
    ),
    ActionType.LEARNING_PATH_UPDATE: Kind(
        Service.LEARNER, lambda policy: policy.path.expires, overtaken=True
    ),
    ActionType.GAME_BREAK: Kind(
        Service.NOTIFICATION, lambda policy: policy.breaks.expires, since_event=True, spoken=True
    ),
    ActionType.SEL_INTERVENTION: Kind(Service.NOTIFICATION, None, urgent=True, spoken=True),
}

SERVICE_OF = {action: kind.service for action, kind in KINDS.items()}
"""Who is asked."""

URGENT = frozenset(action for action, kind in KINDS.items() if kind.urgent)
SPOKEN = frozenset(action for action, kind in KINDS.items() if kind.spoken)
REPLAYABLE = frozenset(action for action, kind in KINDS.items() if kind.replayable)
OVERTAKEN = frozenset(action for action, kind in KINDS.items() if kind.overtaken)


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
    `title` and `message` are the plain words for the child (SPOKEN types only), kept with the
    action so that a retry is byte-identical even if the texts have changed since.
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


_no_parts_yet = blake2b(digest_size=16)  # a copy takes half the time of a new one
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
    digest = _no_parts_yet.copy()
    for part in (tenant, learner, event, rule):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4) + encoded)
    return ActionId(digest.hexdigest())
