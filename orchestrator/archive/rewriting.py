"""Files without some of their records. Files never change: others take their place."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from orchestrator.archive.columns import Keys
from orchestrator.archive.manifest import PartFile
from orchestrator.archive.part_reader import read_part
from orchestrator.archive.record_file import RecordFile
from orchestrator.archive.selecting import chunk_without
from orchestrator.archive.source import Span

Drop = Callable[[bytes | None, bytes | None, int], bool]
"""Whether the record with this key, value and offset is to go."""


class Rewritten(NamedTuple):
    """The files as they are to be, how many records they lack, and which files are to go."""

    files: tuple[PartFile, ...]
    dropped: int
    replaced: tuple[PartFile, ...]


def without(folder: Path, partition: int, files: Iterable[PartFile], drop: Drop) -> Rewritten:
    """Write anew what holds records that are to go; the old files are left for now."""
    kept: list[PartFile] = []
    replaced: list[PartFile] = []
    dropped = 0
    for part in files:
        count = sum(
            sum(map(drop, chunk.keys, chunk.values, chunk.offsets))
            for chunk in read_part(folder, partition, part, Span(part.begin, part.end), Keys())
        )
        if not count:
            kept.append(part)
            continue
        replaced.append(part)
        dropped += count
        if count < part.records:
            kept.append(_rewrite(folder, partition, part, drop))
    return Rewritten(tuple(kept), dropped, tuple(replaced))


def _rewrite(folder: Path, partition: int, part: PartFile, drop: Drop) -> PartFile:
    file = RecordFile(folder, next_name(folder, part.name))
    for chunk in read_part(folder, partition, part, Span(part.begin, part.end), Keys()):
        gone = list(map(drop, chunk.keys, chunk.values, chunk.offsets))
        file.add(chunk_without(chunk, gone))
    return file.close()


def next_name(folder: Path, name: str) -> str:
    """A name for what takes a file's place: `00003.parquet`, `00003-r1.parquet` and so on."""
    stem, _, _ = name.removesuffix(".parquet").partition("-r")
    number = 1
    while (folder / f"{stem}-r{number}.parquet").exists():
        number += 1
    return f"{stem}-r{number}.parquet"
