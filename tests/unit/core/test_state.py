"""A learner's state, stored and read."""

import msgspec
import pytest

from orchestrator.core.assessments import Assessment
from orchestrator.core.ids import ActionId
from orchestrator.core.levels import Level
from orchestrator.core.session import Session
from orchestrator.core.state import (
    SCHEMA_VERSION,
    LearnerState,
    Suggestion,
    UnreadableState,
    decode_state,
    encode_state,
    new_learner,
)

LARGE = 2**62


def fullest() -> LearnerState:
    """A state in which everything is as large as any policy allows."""
    return LearnerState(
        SCHEMA_VERSION,
        partition=LARGE,
        offset=LARGE,
        level=Level.CHALLENGING,
        correct_streak=LARGE,
        incorrect_streak=LARGE,
        session=Session(LARGE, LARGE, LARGE, LARGE),
        last_break_at=LARGE,
        sel_alerts=(LARGE,) * 32,
        last_sel_intervention_at=LARGE,
        assessments=(Assessment(LARGE, 1 / 3),) * 8,
        slp_score=1 / 3,
        slp_profile=b"x" * 512,
        performance=1 / 3,
        engagement=1 / 3,
        pending=Suggestion(ActionId("f" * 32), Level.CHALLENGING, Level.CHALLENGING),
        recent_ids=b"x" * 512,
        last_event_at=LARGE,
    )


def array_of(state: LearnerState) -> list[object]:
    found: list[object] = msgspec.msgpack.decode(encode_state(state))
    return found


def test_what_was_stored_reads_the_same() -> None:
    for state in (new_learner(Level.EASY), fullest()):
        assert decode_state(encode_state(state)) == state


def test_the_fullest_state_fits_into_two_kilobytes() -> None:
    assert len(encode_state(fullest())) <= 2048


def test_a_new_learner_takes_less_than_50_bytes() -> None:
    assert len(encode_state(new_learner(Level.MODERATE))) < 50


def test_an_older_state_is_a_shorter_array_and_is_upgraded() -> None:
    older = msgspec.msgpack.encode([SCHEMA_VERSION - 1, 3, 17, "easy", 2])

    state = decode_state(older)

    assert state == LearnerState(SCHEMA_VERSION, 3, 17, Level.EASY, 2)
    assert decode_state(encode_state(state)) == state


@pytest.mark.parametrize("rest", [[], [3, 17, "easy"], [{"quite": "different"}]])
def test_a_newer_state_is_refused_with_what_to_do(rest: list[object]) -> None:
    newer = msgspec.msgpack.encode([SCHEMA_VERSION + 1, *rest])

    with pytest.raises(UnreadableState, match=r"schema version 2.*Run the newer version"):
        decode_state(newer)


def test_a_newer_state_is_refused_even_if_it_is_only_longer() -> None:
    newer = msgspec.msgpack.encode([SCHEMA_VERSION + 1, *array_of(fullest())[1:], "more"])

    with pytest.raises(UnreadableState, match="schema version 2"):
        decode_state(newer)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"{}", b"\x90", msgspec.msgpack.encode([1, 2])])
def test_bytes_that_are_no_state_are_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableState, match="Rebuild it from the events"):
        decode_state(raw)
