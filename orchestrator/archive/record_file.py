"""One file of a partition's records while it is written."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from orchestrator.archive.columns import table_of
from orchestrator.archive.event_times import event_time
from orchestrator.archive.manifest import PartFile, Times
from orchestrator.archive.parquet_schema import RECORDS
from orchestrator.archive.part_writer import ROWS_A_GROUP, PartWriter
from orchestrator.archive.source import Chunk
from orchestrator.core.times import SECOND, moment


class RecordFile:
    """Takes chunks in the order of their offsets, and writes them in groups of even size."""

    def __init__(self, folder: Path, name: str) -> None:
        """`name`: below the archive's folder."""
        self._name = name
        self._writer = PartWriter(folder / name, RECORDS)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._begin, self._end = -1, -1
        self._kafka: tuple[int, int] | None = None
        self._events: Times | None = None
        self.rows = 0

    def add(self, chunk: Chunk) -> None:
        """Append a chunk, which must tell its records' times. An empty one is nothing."""
        if not chunk.offsets:
            return
        self._note(chunk)
        self._waiting.append(table_of(chunk))
        self._waiting_rows += len(chunk.offsets)
        self.rows += len(chunk.offsets)
        if self._waiting_rows >= ROWS_A_GROUP:
            self._write(self._waiting_rows // ROWS_A_GROUP * ROWS_A_GROUP)

    def close(self) -> PartFile:
        """What was written; there must be something."""
        self._write(self._waiting_rows)
        written = self._writer.close()
        assert self._kafka is not None
        first, last = (moment(millis * SECOND // 1000) for millis in self._kafka)
        return PartFile(
            self._name,
            written.sha256,
            written.size,
            self._begin,
            self._end,
            self.rows,
            Times(first, last),
            self._events,
        )

    def _note(self, chunk: Chunk) -> None:
        if self._begin < 0:
            self._begin = chunk.offsets[0]
        self._end = chunk.offsets[-1] + 1
        low, high = self._kafka or (chunk.times[0], chunk.times[0])
        self._kafka = min(low, *chunk.times), max(high, *chunk.times)
        moments: list[datetime] = [at for at in map(event_time, chunk.values) if at is not None]
        if moments:
            self._events = Times(min(moments), max(moments)).around(self._events)

    def _write(self, rows: int) -> None:
        if not rows:
            return
        table = pa.concat_tables(self._waiting)
        self._writer.write(table.slice(0, rows))
        rest = table.slice(rows)
        self._waiting, self._waiting_rows = [rest] if rest.num_rows else [], rest.num_rows
