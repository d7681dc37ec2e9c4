"""Parameters of the policy by the names of its file, and what can be explored of them."""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from orchestrator.backtest.explore.ranges import read_values
from orchestrator.errors import InvalidGrid

MOST_PARAMETERS = 2

BY_RULE = {
    "break.session": "breaks.session.after_minutes",
    "break.session.minutes": "breaks.session.after_minutes",
    "break.engagement": "breaks.engagement.below",
    "break.gap": "breaks.gap_minutes",
    "level.slp": "level.slp.below",
    "sel.window": "sel.window_minutes",
    "sel.cooldown": "sel.cooldown_minutes",
}
"""Other names of a threshold: the id of the rule that waits for it. The rest are named alike."""


class Parameter(Struct, frozen=True):
    """A number of the policy that is varied. `path`: its name in the file, with dots.

    `present`: what it is now; `values`: ascending, exact.
    """

    path: str
    present: Decimal
    values: tuple[Decimal, ...]


def read_parameters(typed: tuple[str, ...], policy_toml: str) -> tuple[Parameter, ...]:
    """The parameters of `name=values` each, by the policy that they vary.

    Raises InvalidGrid: an unknown name (with what is near), a text, too many, one twice.
    """
    if not 1 <= len(typed) <= MOST_PARAMETERS:
        raise InvalidGrid(
            f"One or two parameters can be drawn, not {len(typed)}: "
            "hold the others still, and explore them in a run of their own."
        )
    numbers = dict(numbers_of(tomllib.loads(policy_toml)))
    found = tuple(_read(each, numbers) for each in typed)
    if len({parameter.path for parameter in found}) < len(found):
        raise InvalidGrid(f"{found[0].path} is named twice.")
    return found


def numbers_of(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Decimal]]:
    """Each number of a policy's table with its path, in the order of the file."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from numbers_of(value, f"{path}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{path}{key}", Decimal(str(value))


def _read(typed: str, numbers: Mapping[str, Decimal]) -> Parameter:
    name, equals, values = typed.partition("=")
    if not equals:
        raise InvalidGrid(f"{typed!r} has no values; write {name}=20..40:5, for example.")
    path = BY_RULE.get(name, name)
    if path not in numbers:
        raise InvalidGrid(_unknown(name, numbers))
    return Parameter(path, numbers[path], read_values(values))


def _unknown(name: str, numbers: Mapping[str, Decimal]) -> str:
    near = get_close_matches(name, [*numbers, *BY_RULE], n=3, cutoff=0.5)
    meant = f" Near: {', '.join(near)}." if near else ""
    return f"The policy has no number called {name!r}.{meant} The names are those of its file."
