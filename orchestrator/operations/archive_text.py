"""What is in an archive, in lines."""

from collections.abc import Iterator
from datetime import datetime

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.manifest import Manifest, PartitionFiles, Times
from orchestrator.operations.columns import columns, printable


def as_table(source: ArchiveSource) -> Iterator[str]:
    """An archive: what it is of, its partitions, its policies."""
    manifest = source.manifest
    yield printable(f"{source.name}: {manifest.topic}, {_from(manifest)}")
    yield from columns([HEAD, *(_row(n, p) for n, p in sorted(manifest.content.items()))])
    yield printable(f"Policies: {', '.join(text.version for text in manifest.policies) or 'none'}.")
    if manifest.tenants:
        yield printable(f"Only of {', '.join(manifest.tenants)}.")


HEAD = ("partition", "offsets", "records", "MB", "left out", "states", "event times", "came")


def _from(manifest: Manifest) -> str:
    where = f"cluster {manifest.cluster_id}" if manifest.cluster_id else "never in Kafka"
    return f"{where}, {manifest.partitions} partitions, by version {manifest.code_version}"


def _row(number: int, partition: PartitionFiles) -> tuple[str, ...]:
    files = partition.files
    events = came = None
    for part in files:
        came = part.kafka_times.around(came)
        events = part.event_times.around(events) if part.event_times else events
    return (
        str(number),
        f"{partition.begin:,} to {partition.end - 1:,}",
        f"{sum(part.records for part in files):,}",
        f"{sum(part.size for part in files) / 1e6:,.1f}",
        f"{partition.left_out:,}",
        "none" if partition.states is None else f"{partition.states.rows:,}",
        _times(events),
        _times(came),
    )


def _times(times: Times | None) -> str:
    return "none" if times is None else f"{_minute(times.first)} to {_minute(times.last)}"


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
