"""The flow of one partition during one assignment. Pure bookkeeping: no IO, no clock, no tasks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

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


class PartitionFlow:
    """What of a partition has been fetched, what is being worked on, and what is done.

    Contract: at most one batch is out at a time, so the order of the partition is kept; a closed
    flow neither gives nor takes anything; `done` only grows, and everything below it is done.
    """

    def __init__(self, tp: TP, limits: Limits, gather_s: float = 0.0) -> None:
        """`gather_s`: how long the first record that waits may wait for others."""
        self.tp = tp
        self.gather_s = gather_s
        self.start = 0
        self.done = 0
        self.ready = False
        self.closed = False
        self.busy = False
        self._begun: int | None = None
        self._limits = limits
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
        if self._begun is None and self._pending:
            return self._pending[0].timestamp
        return self._begun

    def add(self, records: list[RawRecord]) -> None:
        """Take what was fetched, in offset order."""
        if self.closed:
            return
        self._pending.extend(records)
        self._pending_bytes += sum(map(_size, records))

    def take(self) -> list[RawRecord] | None:
        """The next batch, or None while one is out or nothing waits."""
        if self.closed or self.busy or not self._pending:
            return None
        self.busy = True
        count = min(len(self._pending), self._limits.batch_records)
        records = [self._pending.popleft() for _ in range(count)]
        self._pending_bytes -= sum(map(_size, records))
        self._begun = records[0].timestamp
        return records

    def finish(self, next_offset: int) -> bool:
        """Mark the batch that is out as done up to `next_offset`; False if the flow has closed."""
        if self.closed:
            return False
        self.done = next_offset
        self.busy = False
        self._begun = None
        return True

    def pass_to(self, position: int) -> None:
        """Nothing but transactions' markers stood before `position`; only while nothing is out."""
        if not (self.closed or self.busy or self._pending):
            self.done = max(self.done, position)

    def close(self) -> None:
        """End the flow: what waits is dropped (it will be read again)."""
        self.closed = True
        self._pending.clear()
        self._pending_bytes = 0


def _size(record: RawRecord) -> int:
    return max(0, record.serialized_value_size)  # the client says -1 of a tombstone
