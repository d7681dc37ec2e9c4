"""The trace context of a call."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.delivery.traceparent import traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@given(st.text(min_size=1), st.none() | st.text())
def test_it_is_a_w3c_traceparent_and_the_same_each_time(
    action: str, correlation: str | None
) -> None:
    made = traceparent(action, correlation)
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01", made)
    assert traceparent(action, correlation) == made


def test_a_correlation_id_that_is_a_trace_id_goes_on() -> None:
    assert traceparent("a1", TRACE).split("-")[1] == TRACE


@pytest.mark.parametrize(
    "correlation", ["0" * 32, TRACE.upper(), TRACE[:-1], TRACE + "0", TRACE + "\n"]
)
def test_a_correlation_id_that_is_no_trace_id_is_hashed(correlation: str) -> None:
    trace = traceparent("a1", correlation).split("-")[1]
    assert trace != correlation
    assert len(trace) == 32


def test_actions_of_one_correlation_share_the_trace_but_not_the_span() -> None:
    first, second = (
        traceparent("a1", "upload-9").split("-"),
        traceparent("a2", "upload-9").split("-"),
    )
    assert first[1] == second[1]
    assert first[2] != second[2]


@pytest.mark.parametrize("correlation", [None, ""])
def test_an_action_without_correlation_is_a_trace_of_its_own(correlation: str | None) -> None:
    assert (
        traceparent("a1", correlation).split("-")[1] != traceparent("a2", correlation).split("-")[1]
    )
