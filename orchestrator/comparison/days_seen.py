"""On which days a learner was seen, in little memory: the newest, and which of those before it."""

from typing import Protocol

KEPT = 62
"""So many days before the newest are remembered: one from before them is none. Hardly any event is
more than a day late."""

_ALL = (1 << KEPT) - 1


class DaysSeen(Protocol):
    """`day`: the newest, since 1970, or -1. `earlier`: a bit a day before it, the last first."""

    day: int
    earlier: int


def is_new_day(seen: DaysSeen, day: int) -> bool:
    """Note a day, and tell whether it is there for the first time."""
    if day == seen.day:
        return False
    if day > seen.day:
        _go_on_to(seen, day)
        return True
    ago = seen.day - day
    bit = 1 << ago - 1 if ago <= KEPT else 0
    is_new = bool(bit & ~seen.earlier)
    seen.earlier |= bit
    return is_new


def _go_on_to(seen: DaysSeen, day: int) -> None:
    passed = day - seen.day
    if seen.day < 0 or passed > KEPT:
        seen.earlier = 0
    else:
        seen.earlier = (seen.earlier << passed | 1 << passed - 1) & _ALL
    seen.day = day
