"""Records for archives, and an archive of some."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.manifest import Manifest
from orchestrator.archive.new_archive import finish, new_archive
from orchestrator.archive.partition_writer import PartitionWriter
from orchestrator.archive.source import Chunk, Source
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import (
    CourseworkAnalyzed,
    CourseworkData,
    LearnerErased,
    PerformanceMetrics,
)
from orchestrator.core.ids import EventId, LearnerId, TenantId, learner_key
from orchestrator.topics import EVENTS

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

Row = tuple[int, int, bytes | None, bytes | None]
"""Offset, milliseconds, key, value."""


def coursework(number: int, learner: str = "learner-1", at: datetime | None = None) -> bytes:
    """An event as the bridge writes it; one a minute unless `at` says otherwise."""
    at = at or MONDAY + timedelta(minutes=number)
    return encode_event(
        CourseworkAnalyzed(
            id=EventId(f"event-{number}"),
            tenant_id=TenantId("tenant-1"),
            learner_id=LearnerId(learner),
            timestamp=at,
            received_at=at,
            data=CourseworkData(PerformanceMetrics(0.5)),
        )
    )


def erasure(learner: str, at: datetime = MONDAY) -> bytes:
    """The mark that erases a learner."""
    return encode_event(
        LearnerErased(
            id=EventId(f"erased:{learner}"),
            tenant_id=TenantId("tenant-1"),
            learner_id=LearnerId(learner),
            timestamp=at,
            received_at=at,
        )
    )


def key_of(learner: str) -> bytes:
    return learner_key("tenant-1", learner)


def millis(minutes: float) -> int:
    """Kafka's time so many minutes after MONDAY."""
    return int((MONDAY + timedelta(minutes=minutes)).timestamp() * 1000)


def events_of(learners: Sequence[str]) -> list[Row]:
    """An event each of these learners in turn, a minute and an offset apart."""
    return [
        (n, millis(n), key_of(learner), coursework(n, learner))
        for n, learner in enumerate(learners)
    ]


def chunk_of(partition: int, rows: Sequence[Row]) -> Chunk:
    offsets, times, keys, values = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Chunk(partition, offsets, keys, values, (), times)


def archive_of(
    folder: Path,
    rows: Mapping[int, Sequence[Row]],
    states: Mapping[bytes, bytes] | None = None,
    rows_a_file: int = 10,
) -> ArchiveSource:
    """An archive of these records, some in a file."""
    with new_archive(folder):
        content = {}
        for partition, given in rows.items():
            writer = PartitionWriter(folder, partition, rows_a_file)
            for at in range(0, len(given), 4):
                writer.add(chunk_of(partition, given[at : at + 4]))
            files = writer.close(states=states)
            assert files is not None
            content[partition] = files
        count = max(rows) + 1
        finish(folder, Manifest(code_version="1", topic=EVENTS, partitions=count, content=content))
    return ArchiveSource(folder)


def rows_in(source: Source, partition: int = 0) -> list[Row]:
    """All records of a partition."""
    return [
        row
        for chunk in source.chunks(partition, source.spans()[partition])
        for row in zip(chunk.offsets, chunk.times, chunk.keys, chunk.values, strict=True)
    ]
