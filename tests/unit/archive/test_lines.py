"""Records as lines, and lines as records."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.archive.exporting import lines_of
from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.importing import Import
from orchestrator.archive.lines import Line, LineReader, line_of
from orchestrator.archive.tenants import Tenants
from orchestrator.core.event_codec import decode_event
from orchestrator.core.ids import learner_key
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.errors import ArchiveUnusable, InvalidEvent
from orchestrator.stream.partitioner import partition_of
from tests.unit.archive.samples import (
    Row,
    archive_of,
    coursework,
    erasure,
    events_of,
    key_of,
    millis,
    rows_in,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
READER = LineReader("jsonl:test", lambda: NOW, "tenant-1")
_bytes = st.none() | st.binary(max_size=60)


def import_of(folder: Path, lines: list[bytes], partitions: int = 4, max_bad: int = 0) -> Import:
    work = Import(folder, READER, partitions, max_bad, lambda _number, _why: None)
    work.run(lines)
    return work


@given(st.integers(0, 11), _bytes, _bytes, st.integers(0, 2**40))
def test_any_record_comes_back_from_its_line(
    partition: int, key: bytes | None, value: bytes | None, at: int
) -> None:
    line = line_of(partition, key, value, at)
    assert b"\n" not in line
    assert READER.read(1, line) == Line(key, value, at, partition)


@given(st.text(min_size=1, max_size=128).filter(lambda text: "\x00" not in text))
def test_an_event_is_its_own_line_and_goes_where_its_key_goes(learner: str) -> None:
    try:
        value = coursework(1, learner)
    except UnicodeEncodeError:
        return
    key = learner_key("tenant-1", learner)
    assert line_of(5, key, value, millis(1)) == value
    assert READER.read(1, value) == Line(key, value, millis(1), None)


def test_another_learners_key_is_kept() -> None:
    line = line_of(2, key_of("learner-2"), coursework(1), 7)
    assert READER.read(1, line) == Line(key_of("learner-2"), coursework(1), 7, 2)


WHO = {"tenant_id": "t", "timestamp": 1_767_000_000}
FLAT = WHO | {"event_type": "SEL_ALERT", "student_id": "l", "alert_type": "anxiety"}
ENVELOPE = WHO | {"type": "SEL_ALERT", "learner_id": "l", "data": {"alert_type": "anxiety"}}


@pytest.mark.parametrize("told", [FLAT, ENVELOPE, {"data": json.dumps(ENVELOPE)}])
def test_what_producers_write_becomes_an_event(told: dict[str, Any]) -> None:
    line = READER.read(7, json.dumps(told).encode())
    event = decode_event(line.value or b"")
    assert (event.id, event.type, line.key) == ("jsonl:test:7", "SEL_ALERT", b"t/l")
    assert event.received_at == event.timestamp
    assert line.at == 1_767_000_000_000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "malformed json"),
        (b"[]", "not an object"),
        (b'{"type": "LEARNER_PROGRESS", "learner_id": "l", "data": {}}', "missing field"),
        (b'{"record": {"at": "soon", "partition": "0"}}', "invalid field"),
        (b'{"data": "' + b"x" * 1_000_000 + b'"}', "too large"),
    ],
)  # fmt: skip
def test_a_bad_line_has_a_reason(line: bytes, reason: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        READER.read(1, line)
    assert caught.value.reason == reason


def test_from_archive_to_lines_to_archive_nothing_changes(tmp_path: Path) -> None:
    learners = [f"learner-{n % 9}" for n in range(60)]
    rows: dict[int, list[Row]] = {n: [(0, millis(-1), CONTROL_KEY, b'{"x":1}')] for n in range(3)}
    for _, at, key, value in events_of(learners):
        partition = rows[partition_of(key or b"", 3)]
        partition.append((len(partition), at, key, value))
    rows[1].append((len(rows[1]), millis(99), b"odd", b"\xff\n{"))
    source = archive_of(tmp_path / "one", rows)
    lines = list(lines_of(source, source.spans(), Tenants(), lambda _count: None))
    import_of(tmp_path / "two", [line + b"\n" for line in lines], partitions=3)
    again = ArchiveSource(tmp_path / "two")
    assert again.spans() == source.spans()
    assert [rows_in(again, n) for n in range(3)] == [rows_in(source, n) for n in range(3)]


def test_lines_leave_out_what_stands_before_an_erasure(tmp_path: Path) -> None:
    lines = [coursework(1), coursework(2, "learner-2"), erasure("learner-1"), coursework(3)]
    import_of(tmp_path / "whole", lines, partitions=1)
    source = ArchiveSource(tmp_path / "whole")
    found = list(lines_of(source, source.spans(), Tenants(), lambda _count: None))
    assert found == lines[1:]


def test_bad_lines_are_counted_and_too_many_are_an_error(tmp_path: Path) -> None:
    lines = [coursework(1), b"{", b"", coursework(2), b"[]"]
    done = import_of(tmp_path / "some", lines, partitions=1, max_bad=2)
    assert done.bad == {"malformed json": 1, "not an object": 1}
    assert [value for *_, value in rows_in(ArchiveSource(tmp_path / "some"))] == [
        lines[0],
        lines[3],
    ]
    with pytest.raises(ArchiveUnusable, match=r"Line 5 is bad .* --max-bad 1"):
        import_of(tmp_path / "fewer", lines, max_bad=1)
    assert list((tmp_path / "fewer").iterdir()) == []


def test_a_record_of_a_partition_that_is_not_there_is_bad(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnusable, match="--partitions of the topic"):
        import_of(tmp_path / "archive", [line_of(9, CONTROL_KEY, b"{}", 1)])


def test_only_the_tenants_that_are_wanted_go_along(tmp_path: Path) -> None:
    other = (9, millis(9), learner_key("tenant-2", "x"), b"{}")
    control = (10, millis(10), CONTROL_KEY, b"{}")
    source = archive_of(tmp_path / "archive", {0: [*events_of(["learner-1"]), other, control]})
    found = list(lines_of(source, source.spans(), Tenants(("tenant-2",)), lambda _count: None))
    assert [READER.read(1, line).key for line in found] == [other[2], CONTROL_KEY]
