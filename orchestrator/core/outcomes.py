"""The records of `orchestrator.outcomes`: how an action ended."""

from datetime import datetime

import msgspec
from msgspec import Struct

from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId


class ActionOutcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an action ended: exactly one an action; a repetition has the same `serial`.

    Only one that was refused and then replayed has another, which `replaces` the one before.

    `serial` counts the outcomes of one service in one partition, without gaps, in the order in
    which they are written. `at`: when it ended, by the worker's clock; `created_at`: the event's
    time; `status`: the last HTTP status, if there was one. `permanent_level`: it was to move the
    learner's level for good; `delivered_level` is then the last level that did arrive before.
    """

    serial: int
    action_id: ActionId
    type: ActionType
    service: Service
    tenant_id: TenantId
    learner_id: LearnerId
    event_id: EventId
    rule: str
    outcome: Outcome
    at: datetime
    created_at: datetime
    attempts: int
    status: int | None = None
    detail: str = ""
    permanent_level: bool = False
    delivered_level: str | None = None
    correlation_id: str | None = None
    replaces: Outcome | None = None


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(ActionOutcome)


def encode_outcome(outcome: ActionOutcome) -> bytes:
    """The value of a record in the outcomes topic."""
    return _encoder.encode(outcome)


def decode_outcome(raw: bytes) -> ActionOutcome:
    """The inverse of encode_outcome. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(raw)
