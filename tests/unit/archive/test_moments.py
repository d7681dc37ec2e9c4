"""Which offsets hold a range of time: all of it, and not much more."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.archive.folder import ArchiveSource
from orchestrator.archive.moments import LAG, LEAD, spans_between
from orchestrator.archive.source import Span
from tests.unit.archive.samples import MONDAY, archive_of, events_of, millis

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> ArchiveSource:
    """An event a minute of six days, in ten files; another partition of the first hour."""
    rows = events_of(["learner-1"] * 6 * 24 * 60)
    folder: Path = tmp_path_factory.mktemp("moments") / "archive"
    return archive_of(folder, {0: rows, 1: rows[:60]}, rows_a_file=900)


def test_without_limits_it_is_all(source: ArchiveSource) -> None:
    assert spans_between(source) == source.spans() == {0: Span(0, 8640), 1: Span(0, 60)}


def test_a_day_with_its_slack(source: ArchiveSource) -> None:
    found = spans_between(source, MONDAY + DAY, MONDAY + 2 * DAY)
    lead, lag = LEAD // timedelta(minutes=1), LAG // timedelta(minutes=1)
    assert found == {0: Span(1440 - lead, 2880 + lag + 1)}


def test_before_and_after_there_is_nothing(source: ArchiveSource) -> None:
    assert spans_between(source, MONDAY + 7 * DAY) == {}
    assert spans_between(source, None, MONDAY - 2 * DAY) == {}


FIRST = {-5: 0, 0: 0, 0.5: 1, 899: 899, 900: 900, 8639: 8639, 8640: 8640}


@pytest.mark.parametrize(("minute", "offset"), FIRST.items())
def test_the_first_at_a_moment(source: ArchiveSource, minute: float, offset: int) -> None:
    assert source.first_at(0, millis(minute)) == offset


def test_where_times_go_back_it_is_the_first_that_is_late_enough(tmp_path: Path) -> None:
    rows = [(n, at, b"k", b"v") for n, at in enumerate([5, 3, 9, 4, 8, 20] * 3)]
    source = archive_of(tmp_path / "archive", {0: rows}, rows_a_file=4)
    for wanted in range(22):
        expected = next((n for n, at, *_ in rows if at >= wanted), len(rows))
        assert source.first_at(0, wanted) == expected
