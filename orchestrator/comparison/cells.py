"""Where an action is counted: rule, hour of the day and level before it, as one small number.

The rule says the type as well. All slices but the tenants' are sums of these cells.
"""

from typing import NamedTuple

from orchestrator.core.actions import ActionType
from orchestrator.core.levels import Level
from orchestrator.core.rules.table import RULES
from orchestrator.core.times import HOUR

TYPES = tuple(ActionType)
LEVELS = tuple(Level)
HOURS = 24

_HOUR = len(LEVELS)
_RULE = HOURS * _HOUR

FIRST_CELL = {
    rule.id: (number * _RULE, TYPES.index(rule.action)) for number, rule in enumerate(RULES)
}
"""By rule: its first cell, and the number of its type."""


rank_of = LEVELS.index
"""A level's number, from the easiest; an enum's member takes much longer to look up in a dict."""


def place_of(at: int, level: Level) -> int:
    """What a rule's first cell is to be raised by, for a moment (microseconds) and a level."""
    return at // HOUR % HOURS * _HOUR + rank_of(level)


class Place(NamedTuple):
    """What a cell stands for."""

    type: int
    rule: str
    hour: int
    level: Level


def _places() -> tuple[Place, ...]:
    return tuple(
        Place(TYPES.index(rule.action), rule.id, hour, level)
        for rule in RULES
        for hour in range(HOURS)
        for level in LEVELS
    )


PLACES = _places()
"""By cell."""

RULE_BIT = {rule.id: 1 << number for number, rule in enumerate(RULES)}
HOUR_BIT = tuple(1 << len(RULES) + hour for hour in range(HOURS))
LEVEL_BIT = {level: 1 << len(RULES) + HOURS + rank for rank, level in enumerate(LEVELS)}

SEEN = tuple(RULE_BIT[p.rule] | HOUR_BIT[p.hour] | LEVEL_BIT[p.level] for p in PLACES)
"""By cell: the bits that tell, per learner and type, in which parts of the slices they occur.

They stay below 64 bits, the largest number that msgpack has.
"""
