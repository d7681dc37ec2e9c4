"""Restored states are held against the events that they were made from."""

import msgspec
import pytest

from orchestrator.core.counters import DecideCounters, encode_counters
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.levels import Level
from orchestrator.core.state import SCHEMA_VERSION, encode_state, new_learner
from orchestrator.errors import OffsetAhead, StateLost, StreamError
from orchestrator.stream.starts import Span
from tables.learner_state import verify


def rows(reached: int, schema: int = SCHEMA_VERSION) -> dict[bytes, bytes]:
    """What a partition restores whose last decided event stands at `reached`."""
    state = msgspec.structs.replace(new_learner(Level.MODERATE), schema_version=schema)
    return {
        b"tenant/learner": encode_state(state),
        COUNTERS_KEY: encode_counters(DecideCounters(offset=reached)),
    }


@pytest.mark.parametrize(
    ("events", "reached"),
    [
        (Span(0, 100, 50), 49),
        (Span(0, 100, 50), 80),
        (Span(0, 100, 50), 99),
        (Span(0, 100, None), 30),
        (Span(90, 100, None), 30),
    ],
    ids=["equal", "offset behind", "at the end", "never committed", "events expired"],
)
def test_a_state_between_the_offset_and_the_end_is_right(events: Span, reached: int) -> None:
    verify(0, rows(reached), events)


def test_a_new_cluster_has_neither_state_nor_offset() -> None:
    verify(0, {}, Span(0, 0, None))
    verify(0, {}, Span(0, 100, 0))


def test_a_state_ahead_of_the_log_is_of_another_log() -> None:
    with pytest.raises(OffsetAhead, match=r"up to offset 100 of orchestrator\.events.*ends at 100"):
        verify(3, rows(100), Span(0, 100, None))


def test_a_state_behind_the_offset_was_cut_short() -> None:
    with pytest.raises(StateLost, match=r"partition 3 is decided up to offset 50") as caught:
        verify(3, rows(48), Span(10, 100, 50))
    assert "back to 49 with kafka-consumer-groups.sh --reset-offsets --to-offset" in str(
        caught.value
    )
    verify(3, rows(48), Span(10, 100, 49))


def test_a_state_that_has_gone_with_its_events_says_how_to_go_on_without_them() -> None:
    with pytest.raises(StateLost, match=r"the events before 10 are gone too") as caught:
        verify(3, {}, Span(10, 100, 50))
    assert "--delete-offsets --topic orchestrator.events:3, and" in str(caught.value)
    verify(3, {}, Span(10, 100, None))


def test_the_last_event_expired_and_the_state_gone_is_no_beginning() -> None:
    with pytest.raises(StateLost):
        verify(3, {}, Span(50, 50, 50))


def test_events_that_were_deleted_undecided_are_told_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    verify(3, rows(30), Span(90, 100, None))
    assert "events=59" in capsys.readouterr().out


def test_a_state_of_a_newer_program_is_refused_before_anything_is_decided() -> None:
    with pytest.raises(StreamError, match=r"schema version 2.*Run the newer version"):
        verify(0, rows(50, schema=SCHEMA_VERSION + 1), Span(0, 100, 50))
