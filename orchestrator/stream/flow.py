"""The flow of one partition during one assignment. Pure bookkeeping: no IO, no clock, no tasks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from faust.types import TP

from orchestrator.stream.records import RawRecord


@dataclass(frozen=True)
class Limits:
    """How much of a partition may be in memory, waiting or being worked on.

    A batch has at most `batch_records`; fetching pauses while `pending_records` or `pending_bytes`
    wait. One fetch (1 MiB a partition by default) may come on top of that.
    """

    batch_records: int = 2_000
    pending_records: int = 4_000
    pending_bytes: int = 8 * 1024 * 1024


class Pace(NamedTuple):
    """How a topic's batches are handed out.

    `gather_s`: how long the first record that waits may wait for others, in seconds, where nobody
    waits for them: a batch costs much more than a record. `abreast`: how many batches of a
    partition may be out at a time, counted from the first that has not ended; with more than one,
    their handler keeps what order it needs.
    """

    gather_s: float = 0.0
    abreast: int = 1


ONE_BY_ONE = Pace()


class Out(NamedTuple):
    """A batch that is out: where the next one begins, and when its first record was written."""

    next_offset: int
    written_ms: int


class PartitionFlow:
    """What of a partition has been fetched, what is being worked on, and what is done.

    Contract: no more batches are out at a time than are wanted abreast, and the next is handed out
    only when the one before has arrived, so that they begin in the order of the partition; a closed
    flow neither gives nor takes anything; `done` only grows, and everything below it is done, in
    whatever order batches end.
    """

    def __init__(self, tp: TP, limits: Limits, pace: Pace = ONE_BY_ONE) -> None:
        self.tp = tp
        self.pace = pace
        self.start = 0
        self.done = 0
        self.ready = False
        self.closed = False
        self.gathering = False
        self._limits = limits
        self._out: deque[Out] = deque()
        self._on_the_way: int | None = None
        self._ended: set[int] = set()
        self._pending: deque[RawRecord] = deque()
        self._pending_bytes = 0

    def open_at(self, offset: int) -> None:
        """Reading may begin: the partition's state is restored and its position sought."""
        self.start = self.done = offset
        self.ready = True

    @property
    def wants_more(self) -> bool:
        """Whether the fetch loop may ask for records of this partition."""
        return (
            self.ready
            and not self.closed
            and len(self._pending) < self._limits.pending_records
            and self._pending_bytes < self._limits.pending_bytes
        )

    @property
    def pending(self) -> int:
        """Records fetched and not yet handed out."""
        return len(self._pending)

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest record that is here and not done was written, in ms; None: none is."""
        if self._out:
            return self._out[0].written_ms
        return self._pending[0].timestamp if self._pending else None

    @property
    def has_whole_batch(self) -> bool:
        """Whether nothing is gained by waiting for more."""
        return len(self._pending) >= self._limits.batch_records

    def add(self, records: list[RawRecord]) -> None:
        """Take what was fetched, in offset order."""
        if self.closed:
            return
        self._pending.extend(records)
        self._pending_bytes += sum(map(_size, records))

    @property
    def is_idle(self) -> bool:
        """No batch is out."""
        return not self._out

    def take(self) -> list[RawRecord] | None:
        """The next batch, or None while enough are out, one is on the way, or nothing waits."""
        enough = self._on_the_way is not None or len(self._out) >= self.pace.abreast
        if self.closed or enough or not self._pending:
            return None
        count = min(len(self._pending), self._limits.batch_records)
        records = [self._pending.popleft() for _ in range(count)]
        self._pending_bytes -= sum(map(_size, records))
        self._on_the_way = records[-1].offset + 1
        self._out.append(Out(self._on_the_way, records[0].timestamp))
        return records

    def arrive(self, next_offset: int) -> None:
        """The batch before `next_offset` has come to its agent."""
        if self._on_the_way == next_offset:
            self._on_the_way = None

    def finish(self, next_offset: int) -> bool:
        """The batch before `next_offset` has ended; False if the flow has closed.

        What ends before its turn is done when all before it has ended.
        """
        if self.closed:
            return False
        self.arrive(next_offset)
        self._ended.add(next_offset)
        while self._out and self._out[0].next_offset in self._ended:
            self.done = self._out.popleft().next_offset
            self._ended.remove(self.done)
        return True

    def pass_to(self, position: int) -> None:
        """Nothing but transactions' markers stood before `position`; only while nothing is out."""
        if not (self.closed or self._out or self._pending):
            self.done = max(self.done, position)

    def close(self) -> None:
        """End the flow: what waits is dropped (it will be read again)."""
        self.closed = True
        self._pending.clear()
        self._pending_bytes = 0


def _size(record: RawRecord) -> int:
    return max(0, record.serialized_value_size)  # the client says -1 of a tombstone
