"""What is read of a query."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from orchestrator.core.times import END, EPOCH
from orchestrator.web.queries import within_reach

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (NOON, NOON),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), EPOCH),
        (datetime(1969, 12, 31, tzinfo=UTC), EPOCH),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))), END),
    ],
)
def test_a_moment_beyond_all_events_is_the_first_or_last_of_theirs(
    given: datetime, taken: datetime
) -> None:
    assert within_reach(given) == taken
