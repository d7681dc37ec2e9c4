"""An archive gives back what was put in, and says so where it cannot."""

import pickle
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.archive.columns import Keys
from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.manifest import MANIFEST, UNFINISHED
from orchestrator.archive.new_archive import new_archive
from orchestrator.archive.part_reader import read_part
from orchestrator.archive.partition_writer import PartitionWriter
from orchestrator.archive.record_file import RecordFile
from orchestrator.archive.source import Chunk, Span
from orchestrator.errors import ArchiveUnusable
from tests.unit.archive.samples import (
    Row,
    archive_of,
    chunk_of,
    coursework,
    erasure,
    events_of,
    key_of,
    millis,
    rows_in,
)

LEARNERS = [f"learner-{n % 7}" for n in range(50)]

_bytes = st.none() | st.binary(max_size=40)


@st.composite
def any_rows(draw: st.DrawFn) -> list[Row]:
    steps = draw(
        st.lists(
            st.tuples(st.integers(1, 5), st.integers(0, 10**12), _bytes, _bytes),
            min_size=1,
            max_size=40,
        )
    )
    offset, rows = 0, []
    for step, at, key, value in steps:
        offset += step
        rows.append((offset, at, key, value))
    return rows


@given(any_rows())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_was_in_the_topic_comes_back_byte_by_byte(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row]
) -> None:
    source = archive_of(tmp_path_factory.mktemp("any") / "archive", {3: rows})
    assert rows_in(source, 3) == rows
    assert source.spans() == {3: Span(rows[0][0], rows[-1][0] + 1)}


def test_headers_come_back_where_there_are_any(tmp_path: Path, archive: ArchiveSource) -> None:
    headers = ((), (("trigger", b"1"), ("trace", b"\x00")), ())
    file = RecordFile(tmp_path, "partition-0000/00000.parquet")
    file.add(Chunk(0, [1, 2, 3], [b"a"] * 3, [b"b"] * 3, headers, [1, 2, 3]))
    (found,) = read_part(tmp_path, 0, file.close(), Span(0, 10), Keys())
    assert tuple(found.headers) == headers
    assert [each.headers for each in archive.chunks(0, Span(0, 5))] == [[]]


@given(begin=st.integers(0, 50), length=st.integers(0, 50))
@settings(max_examples=30, deadline=None)
def test_a_span_is_cut_exactly(archive: ArchiveSource, begin: int, length: int) -> None:
    chunks = archive.chunks(0, Span(begin, begin + length))
    offsets = [offset for chunk in chunks for offset in chunk.offsets]
    assert offsets == list(range(begin, min(50, begin + length)))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> ArchiveSource:
    """Fifty events of seven learners in five files."""
    return archive_of(tmp_path_factory.mktemp("archives") / "archive", {0: events_of(LEARNERS)})


def test_a_learners_key_is_the_same_object_each_time(archive: ArchiveSource) -> None:
    keys = [key for chunk in archive.chunks(0, Span(0, 50)) for key in chunk.keys]
    assert len({id(key) for key in keys}) == 7


def test_a_source_goes_to_another_process(archive: ArchiveSource) -> None:
    again = pickle.loads(pickle.dumps(archive))
    assert rows_in(again) == rows_in(archive)


def test_only_the_owner_may_look(archive: ArchiveSource) -> None:
    paths = [archive.folder, *archive.folder.rglob("*")]
    assert {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in paths} == {
        (True, 0o700),
        (False, 0o600),
    }


def test_what_stands_before_an_erasure_is_left_out_and_the_mark_stays(tmp_path: Path) -> None:
    rows = events_of(LEARNERS)
    mark: Row = (100, millis(100), key_of("learner-1"), erasure("learner-1"))
    after: Row = (101, millis(101), key_of("learner-1"), coursework(101, "learner-1"))
    states = {key_of("learner-1"): b"one", key_of("learner-2"): b"two", b"counters": b"{}"}
    source = archive_of(tmp_path / "archive", {0: [*rows, mark, after]}, states)
    expected = [row for row in rows if row[2] != key_of("learner-1")]
    assert rows_in(source) == [*expected, mark, after]
    assert source.manifest.content[0].left_out == len(rows) - len(expected)
    assert source.states(0) == {key_of("learner-2"): b"two", b"counters": b"{}"}
    named = {part.name for part in source.manifest.content[0].files}
    assert {str(p.relative_to(source.folder)) for p in source.folder.glob("*/*")} == named | {
        "partition-0000/states.parquet"
    }


def test_an_erasure_of_another_key_erases_nobody(tmp_path: Path) -> None:
    rows = [*events_of(["learner-1"]), (1, millis(1), key_of("learner-1"), erasure("learner-2"))]
    assert rows_in(archive_of(tmp_path / "archive", {0: rows})) == rows


def test_a_changed_file_is_not_read(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: events_of(LEARNERS)})
    path = source.folder / source.manifest.content[0].files[2].name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    assert next(source.chunks(0, Span(0, 5))).offsets
    with pytest.raises(ArchiveUnusable, match=r"00002\.parquet was changed"):
        rows_in(source)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: events_of(LEARNERS)})
    (source.folder / source.manifest.content[0].files[0].name).unlink()
    with pytest.raises(ArchiveUnusable, match=r"00000\.parquet cannot be opened"):
        rows_in(source)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b"{", "is no manifest"),
        (b"{}", "holds something of format 0"),
        (
            b'{"format": "aivo-orchestrator archive", "format_version": 2}',
            "program that has written",
        ),
        (b'{"format": "aivo-orchestrator archive", "format_version": 1}', "cut short"),
    ],
)
def test_a_broken_manifest_says_what_to_do(tmp_path: Path, manifest: bytes, said: str) -> None:
    (tmp_path / MANIFEST).write_bytes(manifest)
    with pytest.raises(ArchiveUnusable, match=said):
        ArchiveSource(tmp_path)


def test_a_manifest_names_no_file_outside_of_its_folder(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: events_of(LEARNERS)})
    path = source.folder / MANIFEST
    path.write_bytes(path.read_bytes().replace(b"partition-0000/00000", b"../../partition/00000"))
    with pytest.raises(ArchiveUnusable, match="changed or cut short"):
        ArchiveSource(source.folder)


def test_where_nothing_is_there_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnusable, match="There is no archive"):
        ArchiveSource(tmp_path / "nowhere")
    with pytest.raises(ArchiveUnusable, match="is no archive"):
        ArchiveSource(tmp_path)


def test_a_making_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_archive(tmp_path / "archive"):
        _fail_after_writing(tmp_path / "archive")
    assert list((tmp_path / "archive").iterdir()) == []


def _fail_after_writing(folder: Path) -> None:
    writer = PartitionWriter(folder, 0)
    writer.add(chunk_of(0, events_of(LEARNERS)))
    writer.close()
    raise ZeroDivisionError


def test_nothing_is_written_over(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "archive", {0: events_of(LEARNERS)})
    with pytest.raises(ArchiveUnusable, match="not empty"), new_archive(source.folder):
        pass
    assert len(rows_in(source)) == len(LEARNERS)


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestrator.archive.new_archive import new_archive
from orchestrator.archive.partition_writer import PartitionWriter
from orchestrator.archive.source import Chunk

folder = Path(sys.argv[1])
with new_archive(folder):
    PartitionWriter(folder, 0).add(Chunk(0, [0], [b"k"], [b"v"], (), [0]))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_killed_while_it_was_made_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (folder / UNFINISHED).exists()
    with pytest.raises(ArchiveUnusable, match="has not ended"):
        ArchiveSource(folder)
    with pytest.raises(ArchiveUnusable, match="has not ended"), new_archive(folder):
        pass
