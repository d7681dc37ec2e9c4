"""`orchestrator archive classroom`: a simulated class's month, to try policies on without Kafka."""

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import click

from orchestrator.archive.manifest import Manifest, PartitionFiles, PolicyTexts, code_version
from orchestrator.archive.new_archive import finish, new_archive
from orchestrator.archive.partition_writer import PartitionWriter
from orchestrator.archive.source import Chunk
from orchestrator.core.policy_records import CONTROL_KEY, PolicyActivated, encode_control
from orchestrator.embedded.classroom.month import Arrival, Month
from orchestrator.operations.progress import Progress
from orchestrator.plan import read_policy_text
from orchestrator.stream.records import Record
from orchestrator.topics import EVENTS

LOOK_EVERY_S = 0.5


def write_month(folder: Path, month: Month, policy: Path, messages: Path, workers: int) -> Manifest:
    """Write the month's records of every partition, in so many processes; nothing is random.

    Raises ArchiveUnusable, InvalidPolicy, TooManyEvents.
    """
    text = read_policy_text(policy, messages)
    version = text.load().version
    month.timetable()
    with new_archive(folder):
        content = _in_parallel(folder, month, version, workers)
        manifest = Manifest(
            code_version=code_version(),
            topic=EVENTS,
            partitions=month.partitions,
            policies=(PolicyTexts(version, text.policy, text.messages),),
            content=content,
        )
        finish(folder, manifest)
    return manifest


def _in_parallel(
    folder: Path, month: Month, version: str, workers: int
) -> dict[int, PartitionFiles]:
    context = multiprocessing.get_context("spawn")
    counts: SimpleQueue[int] = context.SimpleQueue()
    progress = Progress(lambda line: click.echo(line, err=True), time.monotonic)
    with ProcessPoolExecutor(workers, context, _count_into, (counts,)) as pool:
        tasks = {
            number: pool.submit(write_partition, folder, month, number, version)
            for number in range(month.partitions)
        }
        done = 0
        for news in _until_done(list(tasks.values()), counts):
            done += news
            progress.reached("events", done, month.events)
        found = {number: task.result() for number, task in tasks.items()}
    return {number: files for number, files in sorted(found.items()) if files is not None}


def _until_done(
    tasks: list["Future[PartitionFiles | None]"], counts: "SimpleQueue[int]"
) -> Iterator[int]:
    pending = set(tasks)
    while pending:
        _, pending = wait(pending, LOOK_EVERY_S)
        while not counts.empty():
            yield counts.get()


_counts: "SimpleQueue[int] | None" = None


def _count_into(counts: "SimpleQueue[int]") -> None:
    global _counts  # noqa: PLW0603 - a process of the pool is told once where to count
    _counts = counts


def write_partition(
    folder: Path, month: Month, partition: int, version: str
) -> PartitionFiles | None:
    """Write one partition's files, in whichever process."""
    writer = PartitionWriter(folder, partition)
    began = Record(CONTROL_KEY, encode_control(PolicyActivated(version, began=True)))
    writer.add(_chunk(partition, 0, [Arrival(month.start, "", began)]))
    offset = 1
    for day in month.arrivals(partition):
        writer.add(_chunk(partition, offset, day))
        offset += len(day)
        if _counts is not None:
            _counts.put(len(day))
    return writer.close()


def _chunk(partition: int, offset: int, arrivals: list[Arrival]) -> Chunk:
    return Chunk(
        partition,
        range(offset, offset + len(arrivals)),
        [arrival.record.key for arrival in arrivals],
        [arrival.record.value for arrival in arrivals],
        (),
        [int(arrival.at.timestamp() * 1000) + 1 for arrival in arrivals],
    )
