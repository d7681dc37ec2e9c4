"""The books of one partition at one service: its rows, and the one writer of them.

Changes are written in groups: all rows and outcomes that came together since the last write, the
rows first (with the outcomes in the partition's own row), the outcomes after. One group at a time.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.outcomes import ActionOutcome
from orchestrator.delivery.rows import (
    LearnerRow,
    PartitionRow,
    Settled,
    Waiting,
    decode_learner_row,
    decode_partition_row,
    encode_row,
    is_permanent_level,
)
from orchestrator.delivery.settling import Ended

LARGEST_GROUP = 500
"""Learners written at once: a group must fit one Kafka batch, to be written whole or not at all."""

KEPT_WHOLE = frozenset({Outcome.REJECTED, Outcome.FAILED})
"""What becomes a dead letter, with the action and the answer."""

KEPT_RESPONSE = 4 * 1024


class Store(Protocol):
    """Where books are kept: the deliveries table and the outcomes topic, through Kafka."""

    def rows(self, partition: int) -> Mapping[bytes, bytes]:
        """The rows of a partition as they were last written, all services together."""
        ...

    async def write_rows(self, partition: int, rows: Mapping[bytes, bytes]) -> None:
        """Return when the rows are durable: all of them or, after a crash, none."""
        ...

    async def write_outcomes(self, partition: int, settled: Sequence[Settled]) -> None:
        """Return when the outcomes, and the dead letters that some call for, are durable."""
        ...


class Noted(NamedTuple):
    """An end that is not written yet."""

    action: Action
    raw: bytes
    ended: Ended
    level_before: str | None


class Books:
    """Open from the moment that the partition is this worker's until it goes."""

    def __init__(self, service: Service, partition: int, store: Store) -> None:
        self._service = service
        self._partition = partition
        self._store = store
        self._prefix = f"{service}:".encode()
        self._own = f"{service}#".encode()
        self._row = PartitionRow()
        self._learners: dict[bytes, LearnerRow] = {}
        self._changed: dict[bytes, list[Noted]] = {}
        self._writing = asyncio.Lock()

    async def open(self) -> Mapping[bytes, LearnerRow]:
        """Read back the learners for whom something waits, and finish the last group."""
        for key, raw in self._store.rows(self._partition).items():
            if key == self._own:
                self._row = decode_partition_row(raw)
            elif key.startswith(self._prefix):
                row = decode_learner_row(raw)
                if row.waiting:
                    self._learners[key.removeprefix(self._prefix)] = row
        if self._row.outbox:
            await self._store.write_outcomes(self._partition, self._row.outbox)
        return dict(self._learners)

    def learner(self, key: bytes) -> LearnerRow:
        """A learner's row, to be changed; `changed` or `end` must follow."""
        row = self._learners.get(key)
        if row is None:
            raw = self._store.rows(self._partition).get(self._prefix + key)
            row = LearnerRow() if raw is None else decode_learner_row(raw)
            self._learners[key] = row
        return row

    def changed(self, key: bytes) -> None:
        """The learner's row is to be written with the next group."""
        self._changed.setdefault(key, [])

    def end(self, key: bytes, waiting: Waiting, action: Action, ended: Ended) -> None:
        """An action of the learner has ended."""
        row = self.learner(key)
        row.end(waiting)
        noted = Noted(action, waiting.raw, ended, row.level)
        self._changed.setdefault(key, []).append(noted)
        if ended.outcome is Outcome.DELIVERED and is_permanent_level(action):
            row.level = str(action.parameters["suggested_level"])

    @property
    def waiting(self) -> int:
        """Actions without an outcome."""
        return sum(len(row.waiting) for row in self._learners.values())

    async def flush(self) -> None:
        """Return when everything noted so far is durable."""
        async with self._writing:
            while self._changed:
                await self._write_group()

    async def _write_group(self) -> None:
        keys = list(self._changed)[:LARGEST_GROUP]
        noted = [note for key in keys for note in self._changed.pop(key)]
        rows = {self._prefix + key: encode_row(self._learners[key]) for key in keys}
        settled = [self._settled(note) for note in noted]
        if settled:
            self._row.outbox = settled
            rows[self._own] = encode_row(self._row)
        await self._store.write_rows(self._partition, rows)
        if settled:
            await self._store.write_outcomes(self._partition, settled)
        self._forget_idle(keys)

    def _settled(self, noted: Noted) -> Settled:
        action, raw, ended, level_before = noted
        self._row.serial += 1
        permanent = is_permanent_level(action)
        outcome = ActionOutcome(
            serial=self._row.serial,
            action_id=action.action_id,
            type=action.type,
            service=self._service,
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
        )
        if ended.outcome in KEPT_WHOLE:
            return Settled(outcome, raw, ended.response[:KEPT_RESPONSE])
        return Settled(outcome)

    def _forget_idle(self, keys: list[bytes]) -> None:
        """Rows in which nothing waits need not be held decoded."""
        for key in keys:
            row = self._learners.get(key)
            if row is not None and key not in self._changed and not row.waiting:
                del self._learners[key]
