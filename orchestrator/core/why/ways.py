"""A way for a rule to fire, as data and in words."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from orchestrator.core.actions import ActionType
from orchestrator.core.events import EventType
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState
from orchestrator.core.times import MINUTE, moment


class Comparison(StrEnum):
    """How a field has to stand to the value."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BELOW = "below"
    EQUALS = "equals"


class Way(Struct, frozen=True, kw_only=True):
    """If this happens next, and nothing beside it, the rule fires; with any less, it does not.

    Unless a rule before it that asks for the same type of action fires as well, and gives it.
    `times` events in a row of the type `event`, whose `field` (a dotted path; None: any event of
    the type will do) compares to `value`; of a field that is a list of answers, so many answers.
    They come in order, none before the newest event so far, and the last of them from `not_before`
    to `not_after` (microseconds; None: whenever). Of minutes to be worked `not_before` is when they
    can be over. `observed` of `threshold` is how far it has come.
    """

    event: EventType
    words: str
    field: str | None = None
    comparison: Comparison | None = None
    value: float | str | bool | None = None
    times: int = 1
    observed: float | None = None
    threshold: float | None = None
    not_before: int | None = None
    not_after: int | None = None


class Waiting(Struct, frozen=True):
    """A rule, and the ways in which it can fire next; without any, `obstacle` says why."""

    rule: str
    action: ActionType
    ways: tuple[Way, ...]
    obstacle: str | None = None

    @property
    def words(self) -> str:
        """All of it in a sentence."""
        return self.obstacle or "; or ".join(way.words for way in self.ways)


class Now(NamedTuple):
    """What the next event will be decided on."""

    state: LearnerState
    policy: Policy


class Obstacle(str):
    """Why a rule cannot fire next, whatever comes: a sentence."""

    __slots__ = ()


Found = tuple[Way, ...] | Obstacle
"""What an explainer answers."""

Explainer = Callable[[Now], Found]


def any_event(event: EventType, words: str) -> Explainer:
    """The explainer of a rule that any event of a type makes fire."""
    way = Way(event=event, words=words)
    return lambda _now: (way,)


def number(value: float) -> str:
    """A figure as a person writes it."""
    return f"{value:.10g}"


def minutes(span: int) -> str:
    """A span of microseconds in minutes, rounded up to a tenth."""
    tenths = -(-span * 10 // MINUTE)
    return f"{tenths / 10:g} {'minute' if tenths == 10 else 'minutes'}"


def clock(at: int) -> str:
    """A time for a person, rounded up to the minute, so that what waits for it is there by then."""
    return f"{moment(-(-at // MINUTE) * MINUTE):%Y-%m-%d %H:%M} UTC"


def clock_before(at: int) -> str:
    """A time for a person, rounded down to the minute: up to then it holds."""
    return f"{moment(at):%Y-%m-%d %H:%M} UTC"
