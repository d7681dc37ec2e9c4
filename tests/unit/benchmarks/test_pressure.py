"""When a worker is well again, and what the looks come to."""

from datetime import UTC, datetime

import pytest

from benchmarks.pressure import Look, acting, is_well, p99_of, summary

LITTLE, BEFORE_MS = 100, 20.0


def look(at_s: float, behind: int, p99_ms: float | None, worker_mb: float = 100.0) -> Look:
    written = int(1_000 * at_s)
    return Look(at_s, written, written - behind, behind, 0, worker_mb, 10.0, p99_ms)


UNDER = [look(float(second), 500 * second, 900.0, 100.0 + second) for second in range(1, 9)]


@pytest.mark.parametrize(
    ("behind", "p99_ms", "well"),
    [(100, 40.0, True), (101, 40.0, False), (100, 40.1, False), (0, None, False)],
)
def test_it_is_well_when_nothing_is_behind_and_calls_are_quick(
    behind: int, p99_ms: float | None, well: bool
) -> None:
    assert is_well(look(9.0, behind, p99_ms), LITTLE, BEFORE_MS) is well


def test_the_seconds_count_from_the_end_of_the_pressure() -> None:
    after = [look(9.0, 4_000, 800.0), look(12.0, 50, 500.0), look(14.5, 0, 30.0)]
    found = summary(UNDER, after, LITTLE, BEFORE_MS)
    assert found["seconds until nothing was behind"] == pytest.approx(4.0)
    assert found["seconds until well again"] == pytest.approx(6.5)


def test_what_never_came_to_be_has_no_seconds() -> None:
    found = summary(UNDER, [look(9.0, 4_000, 800.0)], LITTLE, BEFORE_MS)
    assert found["seconds until nothing was behind"] is None
    assert found["seconds until well again"] is None


def test_memory_is_to_stay_as_it_was_after_a_quarter() -> None:
    found = summary(UNDER, [], LITTLE, BEFORE_MS)
    assert found["growth after the first quarter"] == pytest.approx(108 / 103 - 1)
    assert found["given, events/s"] == pytest.approx(1_000)
    assert found["decided meanwhile, events/s"] == pytest.approx(500)


def test_only_calls_of_the_moment_tell_its_latency() -> None:
    def call(arrived: str) -> dict[str, object]:
        metadata = {"suggested_at": "2026-03-02T08:00:00+00:00"}
        return {"received_at": f"2026-03-02T08:00:{arrived}+00:00", "body": {"metadata": metadata}}

    newest = [call("03.5"), call("02.5"), call("00.1")]
    since = datetime(2026, 3, 2, 8, 0, 2, tzinfo=UTC)
    assert p99_of(newest, since) == pytest.approx(3_500)
    assert p99_of(newest[2:], since) is None


@pytest.mark.parametrize(("events", "act"), [(0, 0), (1, 1), (10, 1), (11, 2)])
def test_every_tenth_event_acts_and_the_first_is_one(events: int, act: int) -> None:
    assert acting(events) == act
