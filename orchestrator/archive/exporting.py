"""From any source into a folder, or into lines."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from orchestrator.archive.erasures import Erasures
from orchestrator.archive.lines import line_of
from orchestrator.archive.manifest import Manifest, PartitionFiles
from orchestrator.archive.new_archive import finish, new_archive
from orchestrator.archive.partition_writer import PartitionWriter
from orchestrator.archive.selecting import chunk_without
from orchestrator.archive.source import Chunk, Source, Span
from orchestrator.archive.tenants import Tenants

States = Callable[[int, Span], Mapping[bytes, bytes] | None]
"""Gives the rows of the learners' states of a partition before a span; None: not to be kept."""

Tell = Callable[[int], None]
"""Called with how many offsets more have been read."""


def export_to(
    folder: Path,
    source: Source,
    spans: Mapping[int, Span],
    about: Manifest,
    states: States,
    tell: Tell,
) -> Manifest:
    """Make an archive of these spans, as `about` says whose and of what; nothing if it fails.

    Raises ArchiveUnusable, and what the source raises.
    """
    with new_archive(folder):
        content = {}
        for partition, span in sorted(spans.items()):
            rows = states(partition, span)
            files = _export(folder, source, partition, span, Tenants(about.tenants), rows, tell)
            if files is not None:
                content[partition] = files
        manifest = replace(about, content=content)
        finish(folder, manifest)
    return manifest


def _export(
    folder: Path,
    source: Source,
    partition: int,
    span: Span,
    tenants: Tenants,
    states: Mapping[bytes, bytes] | None,
    tell: Tell,
) -> PartitionFiles | None:
    writer = PartitionWriter(folder, partition)
    for chunk in _told(source, partition, span, tell):
        writer.add(tenants.of(chunk))
    if states is not None:
        states = {key: row for key, row in states.items() if tenants.have(key)}
    return writer.close(span, states)


def lines_of(
    source: Source, spans: Mapping[int, Span], tenants: Tenants, tell: Tell
) -> Iterator[bytes]:
    """The records of these spans as lines, one partition after the other.

    What stands before a learner's erasure is left out, so that every partition is read twice.
    """
    for partition, span in sorted(spans.items()):
        erasures = Erasures()
        for chunk in _told(source, partition, span, tell):
            for key, value, offset in zip(chunk.keys, chunk.values, chunk.offsets, strict=True):
                erasures.note(key, value, offset)
        for chunk in source.chunks(partition, span):
            ours = tenants.of(chunk)
            if erasures:
                gone = list(map(erasures.covers, ours.keys, ours.values, ours.offsets))
                ours = chunk_without(ours, gone)
            for key, value, at in zip(ours.keys, ours.values, ours.times, strict=True):
                yield line_of(partition, key, value, at)


def _told(source: Source, partition: int, span: Span, tell: Tell) -> Iterator[Chunk]:
    before = span.begin
    for chunk in source.chunks(partition, span):
        yield chunk
        tell(chunk.offsets[-1] + 1 - before)
        before = chunk.offsets[-1] + 1
