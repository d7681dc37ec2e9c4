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


@pytest.mark.parametrize("restored", [rows(48), {}], ids=["cut short", "gone"])
def test_a_state_behind_the_offset_was_cut_short(restored: dict[bytes, bytes]) -> None:
    with pytest.raises(StateLost, match=r"partition 3 is decided up to offset 50") as caught:
        verify(3, restored, Span(10, 100, 50))
    back_to = 49 if restored else 10
    assert f"back to {back_to} with kafka-consumer-groups.sh" in str(caught.value)


def test_a_state_of_a_newer_program_is_refused_before_anything_is_decided() -> None:
    with pytest.raises(StreamError, match=r"schema version 2.*Run the newer version"):
        verify(0, rows(50, schema=SCHEMA_VERSION + 1), Span(0, 100, 50))
