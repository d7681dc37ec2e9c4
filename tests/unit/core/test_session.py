"""The arithmetic of a session, in microseconds."""

import pytest

from orchestrator.core.session import Session, after_activity, after_break

PAUSE = 900


def session(*stretches: tuple[int, int | None]) -> Session:
    """The session after learning events, each (at, duration)."""
    now = Session()
    for at, duration in stretches:
        now = after_activity(now, at, duration, PAUSE)
    return now


def test_a_first_event_starts_a_session_when_its_work_began() -> None:
    assert session((1_000, None)) == Session(0, 1_000, 1_000, 0)
    assert session((1_000, 300)) == Session(300, 700, 1_000, 0)


def test_elapsed_time_counts_until_a_duration_replaces_it() -> None:
    assert session((0, None), (100, None)) == Session(100, 0, 100, 100)
    assert session((0, None), (100, None), (150, 120)) == Session(120, 0, 150, 0)


@pytest.mark.parametrize(
    ("at", "duration", "expected"),
    [
        (899, None, Session(1_099, -200, 899, 899)),
        (900, None, Session(0, 900, 900, 0)),
        (949, 50, Session(250, -200, 949, 0)),
        (950, 50, Session(50, 900, 950, 0)),
    ],
)
def test_a_pause_is_the_time_that_nobody_worked(
    at: int, duration: int | None, expected: Session
) -> None:
    assert session((0, 200), (at, duration)) == expected


def test_a_duration_longer_than_the_time_since_the_last_event_counts_whole() -> None:
    assert session((0, 200), (10, 500)).worked == 700


def test_a_duration_of_nothing_takes_back_what_had_elapsed() -> None:
    assert session((0, 50), (100, None), (100, 0)) == Session(50, -50, 100, 0)
    assert session((0, None), (100, None), (100, 0)) == Session(0, 0, 100, 0)


def test_two_events_at_one_moment_add_no_time() -> None:
    assert session((0, None), (100, None), (100, None)) == Session(100, 0, 100, 100)


def test_a_break_starts_at_nothing_and_forgets_what_had_elapsed() -> None:
    rested = after_break(session((0, None), (100, None)), 130)

    assert rested == Session(0, 130, 100, 0)
    assert after_activity(rested, 160, 20, PAUSE).worked == 20


def test_an_event_from_before_the_last_activity_leaves_the_session_as_it_is() -> None:
    before = session((0, None), (100, None))

    assert after_activity(before, 99, None, PAUSE) is before
    assert after_activity(before, -9_999, 500, PAUSE) is before
