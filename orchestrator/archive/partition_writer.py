"""The files of one partition, one after another, each with a bounded number of rows."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from orchestrator.archive.erasures import Erasures
from orchestrator.archive.manifest import PartFile, PartitionFiles, StatesFile
from orchestrator.archive.parquet_schema import STATES
from orchestrator.archive.part_writer import ROWS_A_GROUP, PartWriter
from orchestrator.archive.record_file import RecordFile
from orchestrator.archive.rewriting import without
from orchestrator.archive.source import Chunk, Span

ROWS_A_FILE = 32 * ROWS_A_GROUP


class PartitionWriter:
    """Takes a partition's records in the order of their offsets; memory is flat.

    What stands of a learner before the last mark of their erasure is left out in the end.
    """

    def __init__(self, folder: Path, partition: int, rows_a_file: int = ROWS_A_FILE) -> None:
        """`folder`: the archive's."""
        self._folder = folder
        self._name = f"partition-{partition:04}"
        self._partition = partition
        self._rows_a_file = rows_a_file
        self._files: list[PartFile] = []
        self._open: RecordFile | None = None
        self._erasures = Erasures()

    def add(self, chunk: Chunk) -> None:
        """Append the records of a chunk, which must tell their times. An empty one is nothing."""
        if not chunk.offsets:
            return
        for key, value, offset in zip(chunk.keys, chunk.values, chunk.offsets, strict=True):
            self._erasures.note(key, value, offset)
        if self._open is None:
            self._open = RecordFile(self._folder, f"{self._name}/{len(self._files):05}.parquet")
        self._open.add(chunk)
        if self._open.rows >= self._rows_a_file:
            self._end_file()

    def close(
        self, span: Span | None = None, states: Mapping[bytes, bytes] | None = None
    ) -> PartitionFiles | None:
        """All that was written; None if there was no record.

        `span`: what was read for it, if that is more than what there was. `states`: the rows of the
        learners' states before it.
        """
        self._end_file()
        if not self._files:
            return None
        begin, end = span or (self._files[0].begin, self._files[-1].end)
        left_out = self._leave_out() if self._erasures else 0
        kept = None if states is None else self._write_states(states)
        return PartitionFiles(begin, end, tuple(self._files), left_out, kept)

    def _leave_out(self) -> int:
        """Write anew, without what stands before a mark, what holds such; returns how much."""
        rest = without(self._folder, self._partition, self._files, self._erasures.covers)
        for part in rest.replaced:
            (self._folder / part.name).unlink()
        self._files = list(rest.files)
        return rest.dropped

    def _write_states(self, states: Mapping[bytes, bytes]) -> StatesFile:
        rows = {key: row for key, row in states.items() if not self._erasures.knows(key)}
        return write_states(self._folder, f"{self._name}/states.parquet", rows)

    def _end_file(self) -> None:
        if self._open is not None:
            self._files.append(self._open.close())
            self._open = None


def write_states(folder: Path, name: str, rows: Mapping[bytes, bytes]) -> StatesFile:
    """Write the rows of learners' states, by key."""
    writer = PartWriter(folder / name, STATES)
    columns = [pa.array(list(rows), pa.binary()), pa.array(list(rows.values()), pa.binary())]
    writer.write(pa.table(columns, schema=STATES))
    written = writer.close()
    return StatesFile(name, written.sha256, written.size, len(rows))
