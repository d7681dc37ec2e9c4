"""Retry-After in both of its forms."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.delivery.retry_after import retry_after_seconds

NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Mon, 02 Mar 2026 09:01:30 GMT", 90.0),
        ("Mon, 02 Mar 2026 10:00:30 +0100", 30.0),
        ("Mon, 02 Mar 2026 09:00:05 -0000", 5.0),
        ("Monday, 02-Mar-26 09:00:10 GMT", 10.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
    ],
)
def test_seconds_and_dates_are_read(header: str, seconds: float) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@pytest.mark.parametrize(
    "header", [None, "", "soon", "-5", "1.5", "٣", "Mon, 99 Mar 2026 09:00:00 GMT"]
)
def test_what_cannot_be_read_asks_for_nothing(header: str | None) -> None:
    assert retry_after_seconds(header, NOW) is None


@pytest.mark.parametrize(
    "header",
    [
        "Mon, 02 Mar 2026 09:00:00 +99999999999999",
        "Mon, 11111111111111111111 Mar 2026 09:00:00 GMT",
        "Mon, 02 Mar 99999 09:00:00 GMT",
    ],
)
def test_a_date_too_large_for_the_machine_asks_for_nothing(header: str) -> None:
    assert retry_after_seconds(header, NOW) is None


def test_an_absurd_number_is_infinite_rather_than_an_error() -> None:
    assert retry_after_seconds("9" * 5000, NOW) == float("inf")


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2190, 1, 1)))  # noqa: DTZ001
def test_any_http_date_is_the_time_until_then(moment: datetime) -> None:
    then = moment.replace(microsecond=0, tzinfo=UTC)
    expected = max(timedelta(), then - NOW).total_seconds()
    assert retry_after_seconds(format_datetime(then, usegmt=True), NOW) == expected


@given(st.text() | st.from_regex(r"\w{3}, \d{2} \w{3} \d{1,9} \d{2}:\d{2}:\d{2} [+-]\d{1,12}"))
def test_no_header_raises(header: str) -> None:
    seconds = retry_after_seconds(header, NOW)
    assert seconds is None or seconds >= 0
