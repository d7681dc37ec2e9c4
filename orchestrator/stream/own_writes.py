"""What this worker has written itself, for the partitions that it reads: it need not be fetched.

Kafka has acknowledged it at an offset. Where that is the very next one to be read, the records are
those that a fetch would bring, and they are here already (docs/adr/0029-own-writes.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from orchestrator.stream.records import Headers, RawRecord, Record


@dataclass(slots=True)
class OwnRecord:
    """A record as a fetch would give it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    serialized_value_size: int
    headers: Headers


class Written(NamedTuple):
    """Records that stand in Kafka one after the other, from the offset `first` on; readers may see
    them.

    `timestamp` is theirs, in milliseconds; `timestamp_type` says whose clock it is of: 0 the
    writer's, 1 Kafka's. `in_transaction`: its marker follows them somewhere.
    """

    topic: str
    partition: int
    first: int
    timestamp: int
    timestamp_type: int
    records: Sequence[Record]
    in_transaction: bool = False

    @property
    def after(self) -> int:
        """One past the last of them."""
        return self.first + len(self.records)

    def as_read(self) -> list[RawRecord]:
        """The records as they are read."""
        topic, partition, first, timestamp, kind, records, _ = self
        return [
            OwnRecord(
                topic,
                partition,
                offset,
                timestamp,
                kind,
                record.key,
                record.value,
                -1 if record.value is None else len(record.value),
                record.headers,
            )
            for offset, record in enumerate(records, first)
        ]


OnWritten = Callable[[Written], None]
"""Told of what Kafka has acknowledged, in the order of the acknowledgements; must not block."""


class OwnWrites:
    """Between those who write and the one who reads; nobody reads until `read_by` says who."""

    def __init__(self) -> None:
        self._reader: OnWritten | None = None

    def read_by(self, reader: OnWritten | None) -> None:
        """Tell this one from now on; None: nobody any more."""
        self._reader = reader

    def tell(self, written: Written) -> None:
        """Kafka has it."""
        if self._reader is not None:
            self._reader(written)
