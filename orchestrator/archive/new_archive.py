"""An archive while it is made: nobody takes it for one until its manifest stands."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.archive.manifest import (
    MANIFEST,
    UNFINISHED,
    Manifest,
    sync_folder,
    write_manifest,
)
from orchestrator.errors import ArchiveUnusable

SAID = "An archive is being made here. If nobody does so any more, it is incomplete: delete it.\n"


@contextmanager
def new_archive(folder: Path) -> Iterator[None]:
    """Around the making of an archive, which ends with `finish`. Raises ArchiveUnusable.

    The folder must not be there, or be empty. Where the making fails nothing is left in it; where
    the process is killed, UNFINISHED is.
    """
    _begin(folder)
    try:
        yield
    except BaseException:
        _empty(folder)
        raise


def finish(folder: Path, manifest: Manifest) -> None:
    """From here on it is an archive."""
    for partition in manifest.content.values():
        for part in partition.files[:1]:
            sync_folder((folder / part.name).parent)
    write_manifest(folder, manifest)
    (folder / UNFINISHED).unlink()


def _begin(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = {path.name for path in folder.iterdir()}
        if there:
            raise ArchiveUnusable(_why_not(folder, there))
        folder.chmod(0o700)
        (folder / UNFINISHED).write_text(SAID)
    except OSError as error:
        raise ArchiveUnusable(
            f"{folder} cannot be written to ({error.strerror}): name another folder with --to."
        ) from error


def _why_not(folder: Path, there: set[str]) -> str:
    if UNFINISHED in there and MANIFEST not in there:
        return (
            f"{folder} holds an archive whose making has not ended: delete the folder if nobody"
            " works on it any more, or name another."
        )
    return f"{folder} is not empty, and nothing is written over: name a new folder."


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
