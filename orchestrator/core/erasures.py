"""Erasures: what the delivery is told of a learner who was erased, in the topics of the actions.

There it stands among the learner's actions in the order of the decisions: those before it that
still wait are not to be sent any more, those behind it are of a new beginning.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from orchestrator.core.ids import EventId, LearnerId, TenantId

ERASURE = "erasure"
"""The header by which the record is told from an action; its value is empty."""


class Erasure(Struct, frozen=True):
    """The learner was erased by the event at `offset` of this partition of the events."""

    event_id: EventId
    tenant_id: TenantId
    learner_id: LearnerId
    offset: int


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Erasure)


def is_erasure(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a record of an actions topic is an erasure, and no action."""
    return any(name == ERASURE for name, _ in headers)


def encode_erasure(erasure: Erasure) -> bytes:
    """The value of its record."""
    return _encoder.encode(erasure)


def decode_erasure(raw: bytes) -> Erasure:
    """The inverse of encode_erasure. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(raw)
