"""The suite goes on after a failure, and ends what hangs."""

import sys
from pathlib import Path

import pytest

from benchmarks.suite import clock, forget, run, run_all

NOTHING_LONG = 30.0


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_benchmark_that_ends_well_has_no_failure(tmp_path: Path) -> None:
    assert run(python("pass"), NOTHING_LONG, tmp_path) == ""


def test_a_benchmark_that_fails_is_told_with_its_status(tmp_path: Path) -> None:
    assert run(python("raise SystemExit(3)"), NOTHING_LONG, tmp_path) == "exit status 3"


def test_a_benchmark_that_hangs_is_ended(tmp_path: Path) -> None:
    hangs = python("import time; time.sleep(600)")
    assert run(hangs, 0.2, tmp_path) == "has not ended within 0 s"


def test_after_one_that_fails_the_next_is_run(tmp_path: Path) -> None:
    outcomes = run_all(["that_is_not_there", "nor_is_this"], quick=True, folder=tmp_path)
    assert [(each.name, each.failure) for each in outcomes] == [
        ("that_is_not_there", "exit status 1"),
        ("nor_is_this", "exit status 1"),
    ]


def test_figures_go_to_the_folder_that_the_suite_names(tmp_path: Path) -> None:
    saves = python("from benchmarks.record import save; save('race', {}, {'speed': 1})")
    assert run(saves, NOTHING_LONG, tmp_path) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["race.json"]
    forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (125, "2 min 05 s")])
def test_times_are_told_in_minutes(seconds: float, text: str) -> None:
    assert clock(seconds) == text
