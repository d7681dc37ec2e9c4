"""What the commands about archives do."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import click

from orchestrator.archive.exporting import export_to, lines_of
from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.importing import Import
from orchestrator.archive.kafka_source import KafkaSource
from orchestrator.archive.line_files import line_files, read_lines
from orchestrator.archive.lines import LineReader
from orchestrator.archive.manifest import Manifest, PolicyTexts, code_version
from orchestrator.archive.moments import spans_between
from orchestrator.archive.source import Span
from orchestrator.archive.tenants import Tenants
from orchestrator.clock import Clock
from orchestrator.errors import OrchestratorError
from orchestrator.operations.archive_snapshot import states_before
from orchestrator.operations.columns import printable
from orchestrator.operations.progress import Progress
from orchestrator.topics import EVENTS

BAD_SHOWN = 20

AnySource = KafkaSource | ArchiveSource


class Reached:
    """Adds up what is done, and says so on standard error now and then."""

    def __init__(self, what: str, total: int | None) -> None:
        self._progress = Progress(lambda line: click.echo(line, err=True), time.monotonic)
        self._what = what
        self._total = total
        self._done = 0

    def __call__(self, more: int) -> None:
        """So much more is done."""
        self._done += more
        self._progress.reached(self._what, self._done, self._total)


def wanted_spans(
    source: AnySource, since: datetime | None, until: datetime | None
) -> dict[int, Span]:
    """What is to be exported. Raises OrchestratorError if that is nothing."""
    spans = spans_between(source, since, until)
    if not spans:
        raise OrchestratorError(f"{source.name} has no records of that time.")
    return spans


def write_archive(
    folder: Path,
    source: AnySource,
    spans: Mapping[int, Span],
    tenants: tuple[str, ...],
    *,
    with_states: bool,
) -> Manifest:
    """Export to a folder. Raises ArchiveUnusable, and what the source raises."""
    begins = {number: span.begin for number, span in source.spans().items()}
    before = sum(spans[number].begin - begins[number] for number in spans) if with_states else 0
    reached = Reached("records", before + _size(spans))

    def states(partition: int, span: Span) -> Mapping[bytes, bytes] | None:
        if with_states:
            return states_before(source, partition, span, reached)
        whole = span.begin == begins[partition]
        return source.states(partition) if whole else None

    about = Manifest(
        code_version=code_version(),
        topic=EVENTS,
        cluster_id=source.cluster_id,
        partitions=source.partitions,
        tenants=tenants,
        policies=tuple(
            PolicyTexts(version, *texts) for version, texts in source.policies().items()
        ),
        content={},
    )
    return export_to(folder, source, spans, about, states, reached)


def write_lines(source: AnySource, spans: Mapping[int, Span], tenants: tuple[str, ...]) -> int:
    """Export to standard output, a line a record; returns how many. Raises what the source does."""
    count = 0
    reached = Reached("records", _size(spans))
    for line in lines_of(source, spans, Tenants(tenants), reached):
        sys.stdout.buffer.write(line + b"\n")
        count += 1
    sys.stdout.buffer.flush()
    return count


def import_lines(
    given: str,
    folder: Path,
    *,
    partitions: int,
    max_bad: int,
    default_tenant: str | None,
    clock: Clock,
) -> Import:
    """Make an archive of lines. Raises ArchiveUnusable."""
    files = line_files(given)
    total = sum(path.stat().st_size for path in files if path.exists()) or None
    name = "jsonl" if given == "-" else f"jsonl:{Path(given).name}"
    reader = LineReader(name, clock.now, default_tenant)
    work = Import(folder, reader, partitions, max_bad, _bad_lines())
    work.run(read_lines(files, Reached("bytes", total)))
    return work


def _bad_lines() -> Callable[[int, str], None]:
    left: Iterator[int] = iter(range(BAD_SHOWN, 0, -1))

    def tell(number: int, why: str) -> None:
        last = next(left, 0)
        if last:
            click.echo(printable(f"line {number:,}: {why}"), err=True)
        if last == 1:
            click.echo("(further bad lines are only counted)", err=True)

    return tell


def _size(spans: Mapping[int, Span]) -> int:
    return sum(span.end - span.begin for span in spans.values())
