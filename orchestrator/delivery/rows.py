"""The rows of tables/deliveries: what waits for whom, and what has ended. Pure."""

from hashlib import blake2b

import msgspec
from msgspec import Struct, field

from orchestrator.core.actions import Action, ActionType, encode_action
from orchestrator.core.ids import ActionId
from orchestrator.core.outcomes import ActionOutcome

REMEMBERED_ENDS = 64
"""By how many of a learner's latest ended actions a repetition is known."""

ID_BYTES = 8


class Waiting(Struct, array_like=True):
    """One action that has no outcome yet. `parked`: it has had its first chance."""

    action_id: ActionId
    raw: bytes
    attempts: int = 0
    parked: bool = False


class LearnerRow(Struct, array_like=True):
    """One learner at one service: what waits, in order of arrival, and hashes of what ended.

    `level`: the last permanent level that learner-svc accepted.
    """

    waiting: list[Waiting] = field(default_factory=list)
    ended: bytes = b""
    level: str | None = None

    def knows(self, action: Action) -> bool:
        """Whether the action has ended lately, or waits already: then it came a second time."""
        hashed = id_hash(action.action_id)
        ids = (self.ended[at : at + ID_BYTES] for at in range(0, len(self.ended), ID_BYTES))
        return hashed in ids or any(w.action_id == action.action_id for w in self.waiting)

    def add(self, action: Action) -> Waiting:
        """Take an action on."""
        waiting = Waiting(action.action_id, encode_action(action))
        self.waiting.append(waiting)
        return waiting

    def end(self, waiting: Waiting) -> None:
        """An action has its outcome."""
        self.waiting.remove(waiting)
        ended = self.ended + id_hash(waiting.action_id)
        self.ended = ended[-REMEMBERED_ENDS * ID_BYTES :]


class Settled(Struct, array_like=True):
    """An outcome as it is written; with the action and the answer where a dead letter is due."""

    outcome: ActionOutcome
    raw: bytes = b""
    response: bytes = b""


class PartitionRow(Struct, array_like=True):
    """A partition at one service: the outcomes written last, by their serial numbers.

    They stand in the same Kafka batch as the rows they belong to, so that a crash between that
    batch and the outcomes topic loses none: whoever opens the partition next writes them again.
    """

    serial: int = 0
    outbox: list[Settled] = field(default_factory=list)


def id_hash(action_id: str) -> bytes:
    """Eight bytes that stand for an action's id."""
    return blake2b(action_id.encode(), digest_size=ID_BYTES).digest()


def is_permanent_level(action: Action) -> bool:
    """Whether the action moves the learner's level for good."""
    return action.type is ActionType.LEVEL_SUGGESTED and not action.parameters.get("temporary")


_encoder = msgspec.msgpack.Encoder()
_learner_decoder = msgspec.msgpack.Decoder(LearnerRow)
_partition_decoder = msgspec.msgpack.Decoder(PartitionRow)


def encode_row(row: LearnerRow | PartitionRow) -> bytes:
    """The value of a record in the changelog."""
    return _encoder.encode(row)


def decode_learner_row(raw: bytes) -> LearnerRow:
    """The inverse of encode_row. Raises msgspec.DecodeError."""
    return _learner_decoder.decode(raw)


def decode_partition_row(raw: bytes) -> PartitionRow:
    """The inverse of encode_row. Raises msgspec.DecodeError."""
    return _partition_decoder.decode(raw)
