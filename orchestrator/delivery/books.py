"""The books of one partition at one service: its rows, and the one writer of them.

Changes are written in groups: what came together since the last write, as far as one Kafka batch
holds it; the rows first (with the outcomes in the partition's own row), the outcomes after. One
group at a time. An action has ended when its group is written: until then it still waits.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.core.ids import ActionId
from orchestrator.delivery.groups import Group, Noted, settled_of
from orchestrator.delivery.refused import Refused
from orchestrator.delivery.rows import (
    Erased,
    LearnerRow,
    PartitionRow,
    RowKeys,
    Settled,
    Waiting,
    decode_learner_row,
    decode_partition_row,
    decode_waiting,
    encode_row,
)
from orchestrator.delivery.settling import Ended


class Store(Protocol):
    """Where books are kept: the deliveries table and the outcomes topic, through Kafka."""

    def rows(self, partition: int) -> Mapping[bytes, bytes]:
        """The rows of a partition as they were last written, all services together."""
        ...

    async def write(
        self,
        partition: int,
        rows: Mapping[bytes, bytes | None],
        settled: Sequence[Settled] = (),
    ) -> None:
        """Return when the rows are durable (None: gone), and after them the outcomes.

        The rows all or, after a crash, none; no outcome (and no dead letter that some call for) is
        there without them.
        """
        ...


@dataclass(slots=True)
class Learner:
    """A learner for whom something waits."""

    row: LearnerRow
    waiting: dict[ActionId, Waiting] = field(default_factory=dict)


class Books:
    """Open from the moment that the partition is this worker's until it goes."""

    def __init__(self, service: Service, partition: int, store: Store) -> None:
        self._service = service
        self._partition = partition
        self._store = store
        self._keys = RowKeys(service)
        self._row = PartitionRow()
        self._learners: dict[bytes, Learner] = {}
        self._unsaved: dict[bytes, Waiting] = {}
        self._noted: deque[Noted] = deque()
        self._erased: set[bytes] = set()
        self._in_hand: Group | None = None
        self._writing = asyncio.Lock()

    async def open(self) -> list[tuple[bytes, Waiting]]:
        """Finish the last group, and read back what waits: by learner, in order of arrival."""
        rows = self._store.rows(self._partition)
        if (own := rows.get(self._keys.partition)) is not None:
            self._row = decode_partition_row(own)
        waiting = [
            (key, decode_waiting(raw))
            for row_key, raw in rows.items()
            if (key := self._keys.waits_for(row_key)) is not None
        ]
        waiting.sort(key=lambda pair: pair[1].offset)
        for key, each in waiting:
            self._learner(key).waiting[each.action_id] = each
        if self._row.outbox:
            await self._store.write(self._partition, {}, self._row.outbox)
            await self._empty_outbox()
        return waiting

    async def close(self) -> None:
        """Write what is left; and what would be a dead letter twice, were it written again.

        Outcomes may be: they are told apart by their serial numbers. So where nothing is left to
        write, nobody who lets a partition go has to wait for Kafka.
        """
        await self.flush()
        async with self._writing:
            if any(settled.raw for settled in self._row.outbox):
                await self._empty_outbox()

    def knows(self, key: bytes, action: Action, offset: int, *, replayed: bool = False) -> bool:
        """Whether the action waits already or has ended: then it came a second time.

        A replayed one is known only if it cannot be tried again (see LearnerRow.knows).
        """
        learner = self._learners.get(key)
        if learner is not None and action.action_id in learner.waiting:
            return True
        return self._row_of(key).knows(action, offset, replayed=replayed)

    def refusal_of(self, key: bytes, action: Action) -> Refused | None:
        """How an action that is replayed had ended."""
        return self._row_of(key).refusal_of(action)

    def is_overtaken(self, key: bytes, waiting: Waiting, action: Action) -> bool:
        """Whether what is replayed would undo a newer one that has arrived since."""
        refused = waiting.replays
        return refused is not None and self._row_of(key).is_overtaken(action, refused)

    def is_erased(self, key: bytes, waiting: Waiting, action: Action) -> bool:
        """Whether the action waits since before the learner was erased."""
        return self._row_of(key).is_erased(action, waiting)

    def erase(self, key: bytes, kinds: Iterable[ActionType], erasure: Erased) -> None:
        """The learner was erased: what waits of these types since before is not to be sent.

        One that came before (a batch read again, a decision made again) changes nothing.
        """
        for kind in kinds:
            self._learner(key).row.erase(kind, erasure)
        self._erased.add(key)

    def add(self, key: bytes, waiting: Waiting) -> None:
        """Take an action on; it is durable once it is saved, or has ended, and written."""
        self._learner(key).waiting[waiting.action_id] = waiting

    def save(self, key: bytes, waiting: Waiting) -> None:
        """What waits is to be written with the next group, as it will stand then."""
        self._unsaved[self._keys.waiting(key, waiting.action_id)] = waiting

    def end(self, key: bytes, waiting: Waiting, action: Action, ended: Ended) -> None:
        """An action of the learner has ended."""
        self._unsaved.pop(self._keys.waiting(key, waiting.action_id), None)
        if ended.outcome is Outcome.DELIVERED:
            # Known before it is written: what stands behind it must not undo it.
            self._learner(key).row.arrive(action, waiting)
        self._noted.append(Noted(key, action, waiting, ended))

    async def flush(self) -> None:
        """Return when everything noted so far is durable.

        Broken off in the middle of a group, the next flush writes the same group once more.
        """
        async with self._writing:
            while self._in_hand or self._noted or self._unsaved or self._erased:
                self._in_hand = self._in_hand or self._gather()
                await self._write(self._in_hand)
                self._in_hand = None

    def _gather(self) -> Group:
        group = Group()
        while self._noted and not group.is_full:
            self._settle(self._noted.popleft(), group)
        while self._unsaved and not group.is_full:
            row_key = next(iter(self._unsaved))
            group.put({row_key: encode_row(self._unsaved.pop(row_key))})
        while self._erased and not group.is_full:
            group.is_of_erased = True
            self._put_row(self._erased.pop(), group)
        if group.settled:
            self._row.outbox = group.settled
            group.put({self._keys.partition: encode_row(self._row)})
        return group

    async def _write(self, group: Group) -> None:
        await self._store.write(self._partition, group.rows, group.settled)
        if group.is_of_erased:  # the row would name the learner until the next action ends
            await self._empty_outbox()
        self._forget_idle(group)

    def _settle(self, noted: Noted, group: Group) -> None:
        key, action, waiting, ended = noted
        learner = self._learner(key)
        self._row.serial += 1
        group.settle(settled_of(noted, self._service, self._row.serial, learner.row.level))
        group.is_of_erased |= learner.row.is_erased(action, waiting)
        learner.row.end(action, waiting, ended.outcome)
        del learner.waiting[action.action_id]
        self._put_row(key, group)
        row_key = self._keys.waiting(key, action.action_id)
        if row_key in self._store.rows(self._partition):
            group.put({row_key: None})

    def _put_row(self, key: bytes, group: Group) -> None:
        group.learners.add(key)
        group.put({self._keys.learner(key): encode_row(self._learner(key).row)})

    def _learner(self, key: bytes) -> Learner:
        learner = self._learners.get(key)
        if learner is None:
            learner = self._learners[key] = Learner(self._stored_row(key))
        return learner

    def _row_of(self, key: bytes) -> LearnerRow:
        learner = self._learners.get(key)
        return self._stored_row(key) if learner is None else learner.row

    def _stored_row(self, key: bytes) -> LearnerRow:
        raw = self._store.rows(self._partition).get(self._keys.learner(key))
        return LearnerRow() if raw is None else decode_learner_row(raw)

    async def _empty_outbox(self) -> None:
        self._row.outbox = []
        own = {self._keys.partition: encode_row(self._row)}
        await self._store.write(self._partition, own)

    def _forget_idle(self, group: Group) -> None:
        """What is known of learners for whom nothing waits need not be held decoded."""
        for key in group.learners:
            learner = self._learners.get(key)
            if learner is not None and not learner.waiting and key not in self._erased:
                del self._learners[key]
