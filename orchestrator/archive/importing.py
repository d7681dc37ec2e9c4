"""From lines of JSON into a folder."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from orchestrator.archive.lines import Line, LineReader
from orchestrator.archive.manifest import Manifest, code_version
from orchestrator.archive.new_archive import finish, new_archive
from orchestrator.archive.partition_writer import PartitionWriter
from orchestrator.archive.source import Chunk
from orchestrator.core.refusals import Refusal
from orchestrator.errors import ArchiveUnusable, InvalidEvent
from orchestrator.stream.partitioner import partition_of
from orchestrator.topics import EVENTS

ROWS = 4_096
LATEST_AT = 8_000 * 366 * 86_400_000
"""Milliseconds: what a time may be at most, so that it is a date."""

Tell = Callable[[int, str], None]
"""Called with the number of a bad line, and why it is bad."""


class Import:
    """Lines in the order of their arrival, to become an archive."""

    def __init__(
        self, folder: Path, reader: LineReader, partitions: int, max_bad: int, tell_bad: Tell
    ) -> None:
        """`max_bad`: so many lines may be bad, and are left out."""
        self._folder = folder
        self._reader = reader
        self._partitions = partitions
        self._max_bad = max_bad
        self._tell_bad = tell_bad
        self._waiting: list[list[Line]] = [[] for _ in range(partitions)]
        self._next = [0] * partitions
        self.bad: Counter[str] = Counter()

    def run(self, lines: Iterable[bytes]) -> Manifest:
        """Make the archive; nothing if it fails. Raises ArchiveUnusable."""
        with new_archive(self._folder):
            writers = [PartitionWriter(self._folder, n) for n in range(self._partitions)]
            for number, line in enumerate(lines, 1):
                if line.strip():
                    self._take(number, line.strip(), writers)
            for partition, writer in enumerate(writers):
                self._write(partition, writer)
            files = {n: writer.close() for n, writer in enumerate(writers)}
            manifest = Manifest(
                code_version=code_version(),
                topic=EVENTS,
                partitions=self._partitions,
                content={n: found for n, found in files.items() if found is not None},
            )
            finish(self._folder, manifest)
        return manifest

    def _take(self, number: int, line: bytes, writers: list[PartitionWriter]) -> None:
        try:
            found = self._reader.read(number, line)
            partition = self._place(found)
        except InvalidEvent as error:
            self._refuse(number, error)
            return
        self._waiting[partition].append(found)
        if len(self._waiting[partition]) >= ROWS:
            self._write(partition, writers[partition])

    def _place(self, line: Line) -> int:
        """Its partition. Raises InvalidEvent if the archive is not to have it."""
        if not 0 <= line.at < LATEST_AT:
            raise InvalidEvent(Refusal.INVALID_FIELD, "record: `at` is no time")
        if line.partition is None:
            return partition_of(line.key or b"", self._partitions)
        if not 0 <= line.partition < self._partitions:
            raise InvalidEvent(
                Refusal.INVALID_FIELD,
                f"record: is of partition {line.partition}, and the archive has"
                f" {self._partitions}: import with --partitions of the topic it is from",
            )
        return line.partition

    def _refuse(self, number: int, error: InvalidEvent) -> None:
        self.bad[error.reason] += 1
        self._tell_bad(number, str(error))
        if self.bad.total() > self._max_bad:
            raise ArchiveUnusable(
                f"Line {number:,} is bad ({error}), which is more than --max-bad {self._max_bad}:"
                " mend it, or allow for more bad lines. Nothing was written."
            ) from error

    def _write(self, partition: int, writer: PartitionWriter) -> None:
        lines, first = self._waiting[partition], self._next[partition]
        writer.add(
            Chunk(
                partition,
                range(first, first + len(lines)),
                [line.key for line in lines],
                [line.value for line in lines],
                (),
                [line.at for line in lines],
            )
        )
        self._next[partition] += len(lines)
        self._waiting[partition] = []
