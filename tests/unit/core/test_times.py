"""Event time in whole microseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.times import (
    DAY,
    END,
    HOUR,
    MINUTE,
    in_utc,
    micros,
    moment,
    time_of_number,
)

dates = st.datetimes(datetime(1970, 1, 1), datetime(8999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(dates)
def test_no_microsecond_is_lost(at: datetime) -> None:
    assert moment(micros(at)) == at


def test_a_minute_is_a_minute() -> None:
    start = datetime(2024, 3, 4, 9, tzinfo=UTC)

    assert micros(datetime(2024, 3, 4, 9, 1, tzinfo=UTC)) - micros(start) == MINUTE
    assert micros(datetime(2024, 3, 5, 10, tzinfo=UTC)) - micros(start) == DAY + HOUR


@pytest.mark.parametrize(
    ("number", "at"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1.000001, datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC)),
        (1e11, datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
        (1709542800123, datetime(2024, 3, 4, 9, 0, 0, 123_000, tzinfo=UTC)),
    ],
)
def test_a_number_is_seconds_or_milliseconds(number: float, at: datetime) -> None:
    assert time_of_number(number) == at


@pytest.mark.parametrize(
    "number",
    [
        -1,
        float("nan"),
        float("inf"),
        10**400,
        END.timestamp() * 1000,
        253_402_300_800_000,
        1e15 - 1,
    ],
)
def test_a_number_that_is_no_time_of_ours_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="no time between"):
        time_of_number(number)


def test_a_moment_in_utc_is_the_same_moment() -> None:
    in_berlin = datetime(2024, 3, 4, 10, tzinfo=timezone(timedelta(hours=1)))

    assert in_utc(in_berlin) == in_berlin
    assert in_utc(in_berlin).tzinfo is UTC
    assert in_utc(in_utc(in_berlin)).hour == 9
