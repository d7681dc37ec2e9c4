"""The records of `orchestrator.decisions`: what became of each event of a batch."""

from datetime import datetime

import msgspec
from msgspec import Struct

from orchestrator.core.actions import Action
from orchestrator.core.ids import ActionId, EventId


class Asked(Struct, frozen=True, gc=False, omit_defaults=True):
    """By which request an event came: the request's own id, and when it came.

    `body_hash` is of the request's body, if the request named the event's id by itself.
    """

    request_id: str
    at: datetime
    body_hash: str = ""


ASKED_MARK = b'"request_id":'
BODY_HASH_MARK = b'"body_hash":'
"""What stands in the bytes of a batch (a text cannot hold it: its quotes are escaped) in which a
row was asked for, or has the hash of a body; so that all others need not be read."""


class DecisionRow(Struct, frozen=True, array_like=True, gc=False):
    """One event: its key, what became of it, and what it asks for.

    `asked` tells of events that came by the trigger; since it answers with the actions, `actions`
    holds them whole. Of all others `action_ids` is enough, the actions stand in their topics.
    `policy_version`: of the canary that the learner is in; "": that of the batch.
    """

    event_id: EventId
    key: str
    type: str
    outcome: str
    offset: int
    action_ids: tuple[ActionId, ...] = ()
    actions: tuple[Action, ...] = ()
    asked: Asked | None = None
    policy_version: str = ""


class DecisionBatch(Struct, frozen=True):
    """One batch of one partition, rows in the order of their offsets.

    `policy_version`: the policy that was in force, which decided all rows that name no other.
    """

    partition: int
    policy_version: str
    rows: tuple[DecisionRow, ...]

    def version_of(self, row: DecisionRow) -> str:
        """The policy that one of the rows was decided by."""
        return row.policy_version or self.policy_version


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(DecisionBatch)


def encode_decisions(batch: DecisionBatch) -> bytes:
    """The value of a record in the decisions topic."""
    return _encoder.encode(batch)


def decode_decisions(raw: bytes) -> DecisionBatch:
    """The inverse of encode_decisions. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(raw)
