"""The lines of files, one after another; one that has no end takes no memory."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from orchestrator.archive.lines import LONGEST
from orchestrator.errors import ArchiveUnusable

ENDINGS = (".jsonl", ".ndjson")

Tell = Callable[[int], None]
"""Called with how many bytes more have been read."""


def line_files(given: str) -> Sequence[Path]:
    """The files that are meant: one, those of a folder by name, or none for standard input (`-`).

    Raises ArchiveUnusable if a folder has none.
    """
    if given == "-":
        return ()
    path = Path(given)
    if not path.is_dir():
        return (path,)
    found = sorted(each for each in path.iterdir() if each.suffix in ENDINGS)
    if not found:
        raise ArchiveUnusable(f"{path} has no files that end with {' or '.join(ENDINGS)}.")
    return found


def read_lines(files: Sequence[Path], tell: Tell) -> Iterator[bytes]:
    """All lines of the files; of standard input without any. Raises ArchiveUnusable."""
    if not files:
        yield from _lines(sys.stdin.buffer, tell)
    for path in files:
        try:
            with path.open("rb") as file:
                yield from _lines(file, tell)
        except OSError as error:
            raise ArchiveUnusable(f"{path} cannot be read: {error.strerror}.") from error


def _lines(file: BinaryIO, tell: Tell) -> Iterator[bytes]:
    """What is too long comes cut, and longer than LONGEST."""
    while line := file.readline(LONGEST + 2):
        tell(len(line))
        rest = line
        while rest and not rest.endswith(b"\n") and len(line) > LONGEST:
            rest = file.readline(LONGEST)
            tell(len(rest))
        yield line
