"""The rows of tables/deliveries: what waits for whom, and what has ended. Pure.

A row an action that waits, so that a learner for whom thousands wait makes no record that Kafka
would refuse; one a learner; and one a partition and service.
"""

import msgspec
from msgspec import Struct, field

from orchestrator.core.actions import OVERTAKEN, Action, ActionType, Outcome, Service
from orchestrator.core.ids import ActionId
from orchestrator.core.outcomes import ActionOutcome
from orchestrator.core.recent_ids import id_hash, is_recent, remember
from orchestrator.delivery.refused import Refused, found_among, with_end

REMEMBERED_ENDS = 64
"""By how many of a learner's latest ended actions one that was decided again is known."""


class Waiting(Struct, array_like=True):
    """One action that has no outcome yet, as it stood at `offset` of its topic.

    `parked`: the service did not take it. `said`: what the last of its `attempts` came to.
    `replays`: it had ended so before, and is tried again since it was asked for by hand.
    """

    action_id: ActionId
    offset: int
    raw: bytes
    attempts: int = 0
    parked: bool = False
    said: str = ""
    replays: Refused | None = None

    @property
    def first_offset(self) -> int:
        """Where it stood in its topic when it came first."""
        return self.offset if self.replays is None else self.replays.offset


class Erased(Struct, array_like=True, frozen=True):
    """An erasure: the place of its event, and where it stood first in the topic of the actions."""

    decided: int
    offset: int


class LearnerRow(Struct, array_like=True):
    """What has ended for one learner at one service.

    `ended` holds hashes of the latest ids. `last`: by type, where in its topic the last one stood
    that ended; all before it have ended too, since a type's actions end in their order. `level`:
    the last permanent level that learner-svc accepted. `refused`: by type, what may be replayed.
    `arrived`: by type that a newer one stands in for, where the newest first stood that arrived.
    `erased`: by type, the latest erasure; of actions from before it nothing is kept but hashes.
    """

    ended: bytes = b""
    last: dict[str, int] = field(default_factory=dict)
    level: str | None = None
    refused: dict[str, list[Refused]] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)
    erased: dict[str, Erased] = field(default_factory=dict)

    def knows(self, action: Action, offset: int, *, replayed: bool = False) -> bool:
        """Whether the action has ended: it was read again, or decided again.

        `replayed`: it was asked for once more; then it is new unless it did arrive, or it is so
        long ago that nothing is known of its end.
        """
        if offset <= self.last.get(action.type, -1):
            return True
        if replayed:
            return self.refusal_of(action) is None
        return is_recent(self.ended, id_hash(action.action_id))

    def refusal_of(self, action: Action) -> Refused | None:
        """How the action was refused, if a replay may change that."""
        return found_among(self.refused.get(action.type, ()), action)

    def is_overtaken(self, action: Action, refused: Refused) -> bool:
        """Whether a newer one has arrived, which a replay must not undo."""
        return refused.offset < self.arrived.get(action.type, -1)

    def erase(self, kind: ActionType, erasure: Erased) -> None:
        """Forget what is known of the actions of a type, unless the erasure came before.

        A learner who is erased has no level here any more, of whatever type the actions are.
        """
        known = self.erased.get(kind)
        if known is not None and erasure.decided <= known.decided:
            return
        self.erased[kind] = erasure
        self.refused.pop(kind, None)
        self.arrived.pop(kind, None)
        self.level = None

    def is_erased(self, action: Action, waiting: Waiting) -> bool:
        """Whether the action waits since before the learner was erased."""
        erasure = self.erased.get(action.type)
        return erasure is not None and waiting.offset < erasure.offset

    def arrive(self, action: Action, waiting: Waiting) -> None:
        """The service has taken the action."""
        if action.type in OVERTAKEN and not self.is_erased(action, waiting):
            newest = self.arrived.get(action.type, -1)
            self.arrived[action.type] = max(newest, waiting.first_offset)

    def end(self, action: Action, waiting: Waiting, outcome: Outcome) -> None:
        """An action has its outcome."""
        self.last[action.type] = waiting.offset
        self.ended = remember(self.ended, id_hash(action.action_id), REMEMBERED_ENDS)
        if self.is_erased(action, waiting):
            return
        if outcome is Outcome.DELIVERED and is_permanent_level(action):
            self.level = str(action.parameters["suggested_level"])
        before = self.refused.pop(action.type, ())
        if refused := with_end(before, action, outcome, waiting.first_offset):
            self.refused[action.type] = refused


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


class RowKeys:
    """The keys of one service's rows. A learner's key has one slash, tenant/learner."""

    def __init__(self, service: Service) -> None:
        self.partition = f"{service}#".encode()
        self._prefix = f"{service}:".encode()

    def learner(self, key: bytes) -> bytes:
        """The row of what has ended."""
        return self._prefix + key

    def waiting(self, key: bytes, action_id: ActionId) -> bytes:
        """The row of one action that waits."""
        return b"%b%b/%b" % (self._prefix, key, action_id.encode())

    def waits_for(self, row_key: bytes) -> bytes | None:
        """The key of the learner for whom a row's action waits; None for any other row."""
        if not row_key.startswith(self._prefix):
            return None
        tenant, learner, *action_id = row_key.removeprefix(self._prefix).split(b"/", 2)
        return b"%b/%b" % (tenant, learner) if action_id else None


def is_permanent_level(action: Action) -> bool:
    """Whether the action moves the learner's level for good."""
    return action.type is ActionType.LEVEL_SUGGESTED and not action.parameters.get("temporary")


_encoder = msgspec.msgpack.Encoder()
_waiting_decoder = msgspec.msgpack.Decoder(Waiting)
_learner_decoder = msgspec.msgpack.Decoder(LearnerRow)
_partition_decoder = msgspec.msgpack.Decoder(PartitionRow)


def encode_row(row: Waiting | LearnerRow | PartitionRow | Settled) -> bytes:
    """The value of a record in the changelog, or a part of one."""
    return _encoder.encode(row)


def decode_waiting(raw: bytes) -> Waiting:
    """The inverse of encode_row. Raises msgspec.DecodeError."""
    return _waiting_decoder.decode(raw)


def decode_learner_row(raw: bytes) -> LearnerRow:
    """The inverse of encode_row. Raises msgspec.DecodeError."""
    return _learner_decoder.decode(raw)


def decode_partition_row(raw: bytes) -> PartitionRow:
    """The inverse of encode_row. Raises msgspec.DecodeError."""
    return _partition_decoder.decode(raw)
