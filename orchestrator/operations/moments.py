"""Moments as they are typed: a time, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

import click

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

When = datetime | timedelta
"""A moment, or how long ago it was."""


class Moment(click.ParamType):
    """`90m`, `24h`, `7d` ago, or RFC 3339 (`2026-01-05T08:00:00Z`; without a zone it is UTC)."""

    name = "moment"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> When:
        """What was typed. Raises click.BadParameter, with what is wanted, if it is neither."""
        ago = re.fullmatch(r"(\d{1,6})([smhd])", str(value))
        if ago is not None:
            return timedelta(**{UNITS[ago[2]]: int(ago[1])})
        try:
            typed = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is neither like 24h or 7d nor like 2026-01-05T08:00:00Z", param, ctx
            )
        return typed if typed.tzinfo is not None else typed.replace(tzinfo=UTC)


def moment(when: When | None, now: datetime) -> datetime | None:
    """The moment that is meant; None stays None."""
    return now - when if isinstance(when, timedelta) else when
