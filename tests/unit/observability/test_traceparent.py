"""The header of a trace: what is read of it, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.observability.traceparent import (
    HEADER,
    TraceParent,
    found_in,
    passed_on,
    read_traceparent,
    trace_fields,
    write_traceparent,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01".encode()
READ = TraceParent(int(TRACE, 16), int(SPAN, 16), sampled=True)


@pytest.mark.parametrize(
    ("raw", "sampled"),
    [
        (VALID, True),
        (VALID[:-2] + b"00", False),
        (VALID[:-2] + b"03", True),
        (b"cc" + VALID[2:], True),
        (b"cc" + VALID[2:] + b"-what-comes-later", True),
    ],
)
def test_a_valid_header_is_read(raw: bytes, sampled: bool) -> None:
    assert read_traceparent(raw) == READ._replace(sampled=sampled)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        b"",
        VALID[:-1],
        VALID + b"-more",
        VALID + b" ",
        VALID + b"\n",
        VALID.upper(),
        b"ff" + VALID[2:],
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        b"cc" + VALID[2:] + b"-" + b"x" * 1_000_000,
        "00-\uff14bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01".encode(),
    ],
)
def test_what_is_not_valid_is_as_if_it_were_not_there(raw: bytes | None) -> None:
    assert read_traceparent(raw) is None


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(raw: bytes) -> None:
    found = read_traceparent(raw)
    assert found is None or read_traceparent(write_traceparent(found)) == found


def test_what_is_written_is_what_was_read() -> None:
    assert write_traceparent(READ) == VALID


def test_a_header_that_comes_twice_is_none() -> None:
    assert found_in([("a", b"1"), (HEADER, VALID)]) == VALID
    assert found_in([(HEADER, VALID), (HEADER, VALID)]) is None


def test_a_record_that_is_sent_in_anothers_place_has_its_header_and_nothing_of_a_broken_one() -> (
    None
):
    assert passed_on([("reason", b"x"), (HEADER, VALID)]) == ((HEADER, VALID),)
    assert passed_on([(HEADER, b"broken")]) == ()


def test_a_log_line_names_the_trace_if_there_is_one() -> None:
    assert trace_fields([(HEADER, VALID)]) == {"trace_id": TRACE, "span_id": SPAN}
    assert trace_fields([]) == {}
