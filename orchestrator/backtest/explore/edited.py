"""A policy's text with other numbers in it; comments and order stay, as if a person changed it."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal

from orchestrator.backtest.explore.parameters import numbers_of
from orchestrator.errors import InvalidGrid

_HEADER = re.compile(r"\[\s*([\w.-]+)\s*\]\s*(?:#.*)?")
_KEY = re.compile(r"(\s*([\w-]+)\s*=\s*)([^\s#]+)(.*)", re.DOTALL)


def edited(policy_toml: str, numbers: Mapping[str, Decimal]) -> str:
    """The text with these numbers by path, and nothing else changed.

    Raises InvalidGrid where a number is not written as `key = number` below its [section].
    """
    section, lines = "", []
    for line in policy_toml.splitlines(keepends=True):
        if (header := _HEADER.fullmatch(line.strip())) is not None:
            section = f"{header[1]}."
        found = _KEY.fullmatch(line)
        number = None if found is None else numbers.get(section + found[2])
        lines.append(line if found is None or number is None else f"{found[1]}{number:f}{found[4]}")
    text = "".join(lines)
    _check(policy_toml, text, numbers)
    return text


def _check(old: str, new: str, numbers: Mapping[str, Decimal]) -> None:
    """Raise unless the new text says what the old one does, but for these numbers."""
    wanted = {**dict(numbers_of(tomllib.loads(old))), **numbers}
    found = dict(numbers_of(tomllib.loads(new)))
    if missed := sorted(path for path in wanted if wanted[path] != found.get(path)):
        raise InvalidGrid(
            f"{', '.join(missed)}: write it as `key = number` on a line of its own, below its "
            "[section], so that it can be varied."
        )
