"""What an archive says of itself: `manifest.json`, the last file that is written.

A folder without it is no archive, or one whose export has not ended.
"""

import os
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from orchestrator.archive.source import Span
from orchestrator.errors import ArchiveUnusable

MANIFEST = "manifest.json"
UNFINISHED = "UNFINISHED"
FORMAT = "aivo-orchestrator archive"
FORMAT_VERSION = 1

FileName = Annotated[str, Meta(pattern=r"^[a-z0-9-]+/[a-z0-9-]+\.parquet$")]
"""Below the archive's folder; nothing else is opened, whatever a manifest says."""


class Times(Struct, frozen=True):
    """The first and the last of some moments, in UTC."""

    first: datetime
    last: datetime

    def around(self, other: "Times | None") -> "Times":
        """The least range that holds both."""
        if other is None:
            return self
        return Times(min(self.first, other.first), max(self.last, other.last))


class PartFile(Struct, frozen=True):
    """A Parquet file with some consecutive records of a partition; `size` in bytes.

    `kafka_times`: when Kafka says that they came; `event_times`: their own, if one is an event.
    """

    name: FileName
    sha256: str
    size: int
    begin: int
    end: int
    records: int
    kafka_times: Times
    event_times: Times | None = None


class StatesFile(Struct, frozen=True):
    """A Parquet file with the learners' states before the first offset of a partition."""

    name: FileName
    sha256: str
    size: int
    rows: int


class PartitionFiles(Struct, frozen=True):
    """All of one partition: offsets from `begin` up to, not including, `end`.

    `left_out`: how many records of learners who were erased later on are not in the files.
    """

    begin: int
    end: int
    files: tuple[PartFile, ...]
    left_out: int = 0
    states: StatesFile | None = None

    @property
    def span(self) -> Span:
        """The offsets."""
        return Span(self.begin, self.end)


class PolicyTexts(Struct, frozen=True):
    """A policy and its messages, as their files stood."""

    version: str
    policy: str
    messages: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What is in an archive. `partitions`: how many the topic has; `content` has the filled ones.

    `cluster_id` is Kafka's, and empty for what never was in Kafka; `tenants`: the only ones that
    are in it, all if there are none.
    """

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    code_version: str
    topic: str
    cluster_id: str = ""
    partitions: int
    tenants: tuple[str, ...] = ()
    policies: tuple[PolicyTexts, ...] = ()
    content: dict[int, PartitionFiles]


def code_version() -> str:
    """The version of the program that writes an archive."""
    return version("aivo-orchestrator")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an archive. Raises ArchiveUnusable, with what to do."""
    try:
        raw = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise ArchiveUnusable(_why_none(folder, error)) from error
    try:
        kind = msgspec.json.decode(raw, type=_Kind)
    except ValueError as error:
        raise ArchiveUnusable(
            f"{folder / MANIFEST} is no manifest of an archive: {error}"
        ) from error
    if kind.format != FORMAT or kind.format_version > FORMAT_VERSION:
        raise ArchiveUnusable(
            f"{folder} holds {kind.format} of format {kind.format_version}; this program reads"
            f" {FORMAT} up to {FORMAT_VERSION}. Read it with the program that has written it"
            f" (or a newer one)."
        )
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except ValueError as error:
        raise ArchiveUnusable(
            f"{folder / MANIFEST} was changed or cut short ({error}): export again."
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step, on the disk when this returns."""
    unfinished = folder / f"{MANIFEST}.part"
    raw = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(raw + b"\n")
        out.flush()
        os.fsync(out.fileno())
    unfinished.rename(folder / MANIFEST)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Kind(Struct):
    """What every version of the format begins with."""

    format: str = "something"
    format_version: int = 0


def _why_none(folder: Path, error: OSError) -> str:
    if not folder.is_dir():
        return f"There is no archive at {folder}: `orchestrator archive export --to DIR` makes one."
    if (folder / UNFINISHED).exists():
        return (
            f"{folder} holds an archive whose making has not ended, so it is incomplete:"
            " delete the folder and make it again."
        )
    return (
        f"{folder} is no archive: its {MANIFEST} cannot be read ({error.strerror})."
        " `orchestrator archive export --to DIR` makes one."
    )
