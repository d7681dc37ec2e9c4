"""The records of `orchestrator.outcomes`: how an action ended."""

from datetime import datetime

import msgspec
from msgspec import Struct

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId


class ActionOutcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an action ended: once each, unless a worker died between the call and this record.

    `at`: when it ended, by the worker's clock; `status`: the last HTTP status, if there was one.
    """

    action_id: ActionId
    type: ActionType
    service: Service
    tenant_id: TenantId
    learner_id: LearnerId
    event_id: EventId
    rule: str
    outcome: Outcome
    at: datetime
    attempts: int
    status: int | None = None
    detail: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ActionOutcome)


def encode_outcome(outcome: ActionOutcome) -> bytes:
    """The value of a record in the outcomes topic."""
    return _encoder.encode(outcome)


def decode_outcome(raw: bytes) -> ActionOutcome:
    """The inverse of encode_outcome. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(raw)


def outcome_of(
    action: Action,
    service: Service,
    *,
    outcome: Outcome,
    at: datetime,
    attempts: int,
    status: int | None,
    detail: str,
) -> ActionOutcome:
    """The record of how `action` ended."""
    return ActionOutcome(
        action_id=action.action_id,
        type=action.type,
        service=service,
        tenant_id=action.tenant_id,
        learner_id=action.learner_id,
        event_id=action.event_id,
        rule=action.rule,
        outcome=outcome,
        at=at,
        attempts=attempts,
        status=status,
        detail=detail,
    )
