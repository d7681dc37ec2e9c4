"""`orchestrator archive` as it is typed, where no Kafka is needed."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.source import Span
from orchestrator.cli import main
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.state import decode_state
from orchestrator.operations.archive_snapshot import states_before
from orchestrator.retrace.replay import Replay, policies_of
from tests.unit.archive.samples import coursework, key_of, rows_in


def typed(*words: object, given: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["archive", *map(str, words)], input=given)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class's month, made by the command in another process."""
    folder = tmp_path_factory.mktemp("month") / "archive"
    options = ("--learners", 20, "--days", 7, "--events", 900, "--partitions", 2, "--workers", 1)
    made = typed("classroom", "--to", folder, *options)
    assert made.exit_code == 0, made.output
    return folder


def test_a_month_can_be_looked_at(month: Path) -> None:
    said = typed("info", month)
    assert said.exit_code == 0
    assert "2026-03-02 08:00 to 2026-03-06" in said.stdout
    assert "All files are as they were written." in said.stdout


def test_export_and_import_compose(month: Path, tmp_path: Path) -> None:
    lines = typed("export", "--archive", month, "--all", "--jsonl", "-")
    assert lines.exit_code == 0, lines.output
    again = typed(
        "import", "-", "--to", tmp_path / "a", "--partitions", 2, given=lines.stdout_bytes
    )
    assert again.exit_code == 0, again.output
    ours, theirs = ArchiveSource(month), ArchiveSource(tmp_path / "a")
    for partition in range(2):
        found = [(key, value) for _, _, key, value in rows_in(theirs, partition)]
        assert found == [(key, value) for _, _, key, value in rows_in(ours, partition)]


def test_bad_lines_are_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.jsonl").write_bytes(coursework(1) + b"\n{\n")
    (tmp_path / "in" / "2.ndjson").write_bytes(coursework(2))
    (tmp_path / "in" / "notes.txt").write_bytes(b"?")
    refused = typed("import", tmp_path / "in", "--to", tmp_path / "a")
    assert refused.exit_code == 1
    assert "Line 2 is bad (malformed json" in refused.stderr
    taken = typed("import", tmp_path / "in", "--to", tmp_path / "a", "--max-bad", 1)
    assert taken.exit_code == 0, taken.output
    assert "line 2: malformed json" in taken.stderr
    assert "left out: 1 bad line(s), malformed json" in taken.stderr
    assert (
        sum(
            len(rows_in(ArchiveSource(tmp_path / "a"), n))
            for n in ArchiveSource(tmp_path / "a").spans()
        )
        == 2
    )


def test_a_snapshot_is_what_deciding_from_the_beginning_gives(month: Path, tmp_path: Path) -> None:
    options = ("--archive", month, "--from", "2026-03-04", "--with-states")
    made = typed("export", "--to", tmp_path / "a", *options)
    assert made.exit_code == 0, made.output
    source, part = ArchiveSource(month), ArchiveSource(tmp_path / "a")
    for partition, span in part.spans().items():
        assert 0 < span.begin < span.end == source.spans()[partition].end
        rows = part.states(partition)
        assert rows is not None
        assert COUNTERS_KEY in rows
        assert all(
            decode_state(row).offset < span.begin
            for key, row in rows.items()
            if key != COUNTERS_KEY
        )
        # Going on from the snapshot ends where deciding everything does.
        replay = Replay(partition, policies_of(part), rows)
        for chunk in part.chunks(partition, span):
            replay.take(chunk)
        whole = states_before(source, partition, Span(span.end, span.end), lambda _count: None)
        assert replay.rows == whole


def test_forgetting_says_what_is_gone(tmp_path: Path) -> None:
    typed(
        "import", "-", "--to", tmp_path / "a", given=coursework(1) + b"\n" + coursework(2, "other")
    )
    said = typed("forget", tmp_path / "a", "--tenant", "tenant-1", "--learner", "learner-1")
    assert said.stdout == "1 records and 0 states are gone, in 1 partition(s).\n"
    source = ArchiveSource(tmp_path / "a")
    assert [row[2] for n in source.spans() for row in rows_in(source, n)] == [key_of("other")]


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    typed("import", "-", "--to", tmp_path / "a", given=coursework(1))
    (path,) = (tmp_path / "a").glob("partition-*/*.parquet")
    path.write_bytes(path.read_bytes() + b" ")
    said = typed("info", tmp_path / "a")
    assert said.exit_code == 1
    assert "was changed since it was written" in said.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--all",), "either --to FOLDER or --jsonl -"),
        (("--to", "x"), "either --all, or --from"),
        (("--to", "x", "--all", "--from", "1d"), "either --all, or --from"),
        (("--jsonl", "-", "--all", "--with-states"), "--with-states goes with --to only"),
    ],
)
def test_what_does_not_fit_together_is_told(words: tuple[str, ...], said: str) -> None:
    result = typed("export", *words)
    assert result.exit_code == 2
    assert said in result.stderr
