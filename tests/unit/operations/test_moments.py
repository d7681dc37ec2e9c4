"""Moments as they are typed."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from orchestrator.operations.moments import Moment, moment
from tests.unit.dead_letters.samples import NOON


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("90s", NOON - timedelta(seconds=90)),
        ("5m", NOON - timedelta(minutes=5)),
        ("24h", NOON - timedelta(days=1)),
        ("7d", NOON - timedelta(days=7)),
        ("2026-01-05T08:00:00Z", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T08:00:00+02:00", datetime(2026, 1, 5, 6, tzinfo=UTC)),
        ("2026-01-05T08:00", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
    ],
)
def test_what_is_meant(typed: str, meant: datetime) -> None:
    assert moment(Moment().convert(typed, None, None), NOON) == meant


@pytest.mark.parametrize("typed", ["yesterday", "24", "h", "-1h", "99999999d", "2026-13-01", ""])
def test_what_is_neither_is_refused_with_what_is_wanted(typed: str) -> None:
    with pytest.raises(click.BadParameter, match="24h or 7d"):
        Moment().convert(typed, None, None)


def test_nothing_typed_is_no_moment() -> None:
    assert moment(None, NOON) is None
