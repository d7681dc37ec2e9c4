"""Values of a parameter as they are typed: `20..40:5`, or `20,25,40`."""

import re
from decimal import Decimal

from orchestrator.errors import InvalidGrid

MOST_VALUES = 41

_NUMBER = r"-?\d{1,9}(?:\.\d{1,6})?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER}):({_NUMBER})")
_LIST = re.compile(rf"{_NUMBER}(?:,{_NUMBER})*")


def read_values(typed: str) -> tuple[Decimal, ...]:
    """The values, ascending and each once; exact, so that 0.8..0.9:0.05 ends at 0.9.

    Raises InvalidGrid with what is wanted.
    """
    if (found := _RANGE.fullmatch(typed)) is not None:
        return _steps(typed, *map(Decimal, found.groups()))
    if _LIST.fullmatch(typed):
        return _few(typed, sorted({Decimal(part) for part in typed.split(",")}))
    raise InvalidGrid(
        f"{typed!r} is neither a range like 20..40:5 (from 20 to 40 by 5) nor values like 20,25,40."
    )


def _steps(typed: str, first: Decimal, last: Decimal, step: Decimal) -> tuple[Decimal, ...]:
    if step <= 0 or last < first:
        raise InvalidGrid(f"{typed}: a range goes up, from the smaller to the larger, by over 0.")
    if (last - first) // step >= MOST_VALUES:
        raise InvalidGrid(f"{typed}: more than {MOST_VALUES} values; take a larger step.")
    return tuple(first + step * number for number in range(int((last - first) // step) + 1))


def _few(typed: str, values: list[Decimal]) -> tuple[Decimal, ...]:
    if len(values) > MOST_VALUES:
        raise InvalidGrid(f"{typed}: more than {MOST_VALUES} values; take fewer.")
    return tuple(values)
