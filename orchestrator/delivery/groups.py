"""A group: the rows and outcomes that are written together, all of the rows or none of them."""

from collections.abc import Mapping
from typing import NamedTuple

from orchestrator.core.actions import Action, Service
from orchestrator.core.outcomes import ActionOutcome
from orchestrator.delivery.refused import REFUSED
from orchestrator.delivery.rows import Settled, Waiting, encode_row, is_permanent_level
from orchestrator.delivery.settling import Ended

LARGEST_GROUP = 500_000
"""Bytes after which a group is closed. One action more, of 1 MB at most, and it still fits a Kafka
batch (2 MB), which is written whole or not at all."""

KEPT_RESPONSE = 4 * 1024


class Noted(NamedTuple):
    """An end that is not written yet, of the learner with this key."""

    key: bytes
    action: Action
    waiting: Waiting
    ended: Ended


class Group:
    """Filled up to LARGEST_GROUP, then written."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes | None] = {}
        self.settled: list[Settled] = []
        self.learners: set[bytes] = set()
        self.is_of_erased = False
        """Whether it tells of a learner who was erased: then the outbox is not to stay."""
        self._size = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be added."""
        return self._size >= LARGEST_GROUP

    def put(self, rows: Mapping[bytes, bytes | None]) -> None:
        """Add rows; None for one that goes."""
        self.rows.update(rows)
        self._size += sum(len(key) + len(value or b"") for key, value in rows.items())

    def settle(self, settled: Settled) -> None:
        """Add an outcome, which will stand in the partition's row."""
        self.settled.append(settled)
        self._size += len(encode_row(settled))


def settled_of(noted: Noted, service: Service, serial: int, level_before: str | None) -> Settled:
    """The outcome to be written; `level_before`: the last level that had arrived by then."""
    _, action, waiting, ended = noted
    permanent = is_permanent_level(action)
    outcome = ActionOutcome(
        serial=serial,
        action_id=action.action_id,
        type=action.type,
        service=service,
        tenant_id=action.tenant_id,
        learner_id=action.learner_id,
        event_id=action.event_id,
        rule=action.rule,
        outcome=ended.outcome,
        at=ended.at,
        created_at=action.created_at,
        attempts=ended.attempts,
        status=ended.status,
        detail=ended.detail,
        permanent_level=permanent,
        delivered_level=level_before if permanent else None,
        correlation_id=action.correlation_id,
        replaces=None if waiting.replays is None else waiting.replays.outcome,
    )
    if ended.outcome in REFUSED:
        return Settled(outcome, waiting.raw, ended.response[:KEPT_RESPONSE])
    return Settled(outcome)
