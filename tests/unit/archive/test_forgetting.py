"""A learner is forgotten in an archive, and the others stay as they were."""

from pathlib import Path

from orchestrator.archive.checking import faults
from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.forgetting import Forgotten, forget
from orchestrator.archive.manifest import MANIFEST
from tests.unit.archive.samples import (
    Row,
    archive_of,
    coursework,
    events_of,
    key_of,
    millis,
    rows_in,
)

ONE, TWO = key_of("learner-1"), key_of("learner-2")
ROWS = events_of([f"learner-{n % 3}" for n in range(20)] + ["learner-0"] * 20)
WRONG_KEY: Row = (50, millis(50), TWO, coursework(50, "learner-1"))
STATES = {ONE: b"one", TWO: b"two"}


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_nothing_of_the_learner_is_left_and_all_of_the_others(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: [*ROWS, WRONG_KEY]}, STATES)
    before = {part.name for part in source.manifest.content[0].files}
    assert forget(source.folder, "tenant-1", "learner-1") == Forgotten(8, 1, 1)
    after = ArchiveSource(source.folder)
    assert rows_in(after) == [row for row in ROWS if row[2] != ONE]
    assert after.states(0) == {TWO: b"two"}
    assert after.spans() == source.spans()
    assert list(faults(after)) == []
    assert b"learner-1" not in all_bytes(source.folder)
    untouched = {part.name for part in after.manifest.content[0].files} & before
    assert untouched == {"partition-0000/00002.parquet"}


def test_twice_does_no_harm(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: ROWS}, STATES)
    forget(source.folder, "tenant-1", "learner-1")
    before = all_bytes(source.folder)
    assert forget(source.folder, "tenant-1", "learner-1") == Forgotten(0, 0, 0)
    assert all_bytes(source.folder) == before


def test_another_tenants_learner_of_the_same_name_stays(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: ROWS}, STATES)
    assert forget(source.folder, "tenant-2", "learner-1") == Forgotten(0, 0, 0)
    assert rows_in(ArchiveSource(source.folder)) == ROWS


def test_what_an_interruption_left_is_told_of_and_deleted_by_the_next(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: ROWS}, STATES)
    manifest = (source.folder / MANIFEST).read_bytes()
    old = {path: path.read_bytes() for path in source.folder.glob("partition-*/*")}
    forget(source.folder, "tenant-1", "learner-1")
    for path, raw in old.items():  # as if it had been killed before it deleted them
        path.write_bytes(raw)
    (said, *_) = faults(ArchiveSource(source.folder))
    assert "left over" in said
    forget(source.folder, "tenant-1", "learner-1")
    assert list(faults(ArchiveSource(source.folder))) == []
    for path, raw in old.items():  # as if it had been killed before the manifest was replaced
        path.write_bytes(raw)
    (source.folder / MANIFEST).write_bytes(manifest)
    assert rows_in(ArchiveSource(source.folder)) == ROWS
    forget(source.folder, "tenant-1", "learner-1")
    assert b"learner-1" not in all_bytes(source.folder)
    assert list(faults(ArchiveSource(source.folder))) == []


def test_a_learner_who_was_all_of_a_partition(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: events_of(["learner-1"] * 15)})
    assert forget(source.folder, "tenant-1", "learner-1") == Forgotten(15, 0, 1)
    assert rows_in(ArchiveSource(source.folder)) == []
