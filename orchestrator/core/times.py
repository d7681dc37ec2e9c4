"""Event time as exact integers: microseconds since 1970, so that no duration ever drifts."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9000, 1, 1, tzinfo=UTC)
"""No event time is at or past this, so that an expiry added to it is still a date."""

_MILLISECONDS_FROM = 100_000_000_000
"""Numbers from 1e11 on are milliseconds: as seconds they would be past the year 5138."""


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware datetime, exactly."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC, which nearly all have already."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


@lru_cache(maxsize=64)
def span(micros: int) -> timedelta:
    """A duration of microseconds; cached, for the few of a policy come again and again."""
    return timedelta(microseconds=micros)


def moment(at: int) -> datetime:
    """The datetime, in UTC, of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at)


def time_of_number(number: float) -> datetime:
    """The UTC time of seconds since 1970, or of milliseconds from 1e11 on.

    Raises ValueError if the number is not finite or its time is outside of 1970 to 9000.
    """
    if not 0 <= number < 1e15:
        raise ValueError("is no time between 1970 and 9000")
    in_milliseconds = number >= _MILLISECONDS_FROM
    since = timedelta(milliseconds=number) if in_milliseconds else timedelta(seconds=number)
    if since >= END - EPOCH:  # asked before the sum, which may be past the last date there is
        raise ValueError("is no time between 1970 and 9000")
    return EPOCH + since
