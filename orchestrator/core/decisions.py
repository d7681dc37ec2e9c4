"""The records of `orchestrator.decisions`: what became of each event of a batch."""

import msgspec
from msgspec import Struct

from orchestrator.core.actions import Action
from orchestrator.core.ids import ActionId, EventId


class DecisionRow(Struct, frozen=True, array_like=True, gc=False):
    """One event: its key, what became of it, and what it asks for.

    `actions` holds the actions whole where the event came by the trigger, which answers with them;
    of all others `action_ids` is enough, the actions stand in their topics.
    """

    event_id: EventId
    key: str
    type: str
    outcome: str
    offset: int
    action_ids: tuple[ActionId, ...] = ()
    actions: tuple[Action, ...] = ()


class DecisionBatch(Struct, frozen=True):
    """One batch of one partition, decided under one policy, rows in the order of their offsets."""

    partition: int
    policy_version: str
    rows: tuple[DecisionRow, ...]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(DecisionBatch)


def encode_decisions(batch: DecisionBatch) -> bytes:
    """The value of a record in the decisions topic."""
    return _encoder.encode(batch)


def decode_decisions(raw: bytes) -> DecisionBatch:
    """The inverse of encode_decisions. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(raw)
