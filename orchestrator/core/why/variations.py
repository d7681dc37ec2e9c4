"""An event as it was but for one thing: what can be other about it, and by how little at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from math import ceil
from typing import Any, NamedTuple

from msgspec.structs import replace

from orchestrator.core.alerts import Severity
from orchestrator.core.events import (
    AssessmentComplete,
    BaselineComplete,
    CourseworkAnalyzed,
    Event,
    LearnerProgress,
    SelAlert,
    SlpUpdated,
)
from orchestrator.core.policy import Policy
from orchestrator.core.times import MINUTE

LONGEST_MINUTES = 600
"""As long as a reported duration may be."""

LONGEST_WAIT = 24 * 60
"""Minutes: an event that far away is another story."""


class Scale(NamedTuple):
    """A number of an event, which may be greater or smaller.

    `field`: its dotted path, `name` in words; `grid`: values in ascending order, each pair close
    enough that nothing fires in between alone; `least`: what is not told apart; `at`: the event
    with a value, `now`: what it is (None: the event does not say).
    """

    field: str
    name: str
    grid: Sequence[float]
    least: float
    at: Callable[[float], Event]
    now: float | None


_RATIOS: Mapping[type[Event], Mapping[str, str]] = {
    BaselineComplete: {"data.overall_score": "a score"},
    SlpUpdated: {"data.communication_score": "a communication score"},
    CourseworkAnalyzed: {
        "data.performance_metrics.accuracy": "an accuracy",
        "data.performance_metrics.engagement": "an engagement",
    },
    AssessmentComplete: {"data.score": "a score"},
    LearnerProgress: {
        "data.performance_score": "a performance",
        "data.engagement_score": "an engagement",
    },
}
_HUNDREDTHS = [number / 100 for number in range(101)]


def scales(event: Event, policy: Policy) -> Iterator[Scale]:
    """The numbers of an event that rules look at, its time among them."""
    for field, name in _RATIOS.get(type(event), {}).items():
        yield Scale(
            field,
            name,
            _HUNDREDTHS,
            1e-6,
            partial(with_value, event, field),
            value_of(event, field),
        )
    wait = _longest_wait(policy)
    if type(event) is CourseworkAnalyzed:
        longest = min(LONGEST_MINUTES, wait + ceil(event.data.session_duration or 0))
        yield Scale(
            "data.session_duration",
            "minutes worked",
            range(longest + 1),
            1e-3,
            partial(with_value, event, "data.session_duration"),
            event.data.session_duration,
        )
    yield Scale(
        "timestamp",
        "minutes later",
        range(wait + 1),
        1 / 60,
        lambda value: replace(event, timestamp=event.timestamp + timedelta(minutes=value)),
        0,
    )


def _longest_wait(policy: Policy) -> int:
    """Minutes within which any waiting ends."""
    breaks = policy.breaks
    longest = max(breaks.gap, breaks.session.after + policy.session.pause, policy.sel.cooldown)
    return min(LONGEST_WAIT, ceil(longest / MINUTE) + 1)


class Step(NamedTuple):
    """The event, other by a whole step. `needed`: what it has then; `observed`: what it had."""

    field: str
    event: Event
    words: str
    observed: Any
    needed: Any


def steps(event: Event, policy: Policy) -> Iterator[Step]:
    """Whatever of an event is no number, and how it could be other; of one kind the least first."""
    if type(event) is SelAlert:
        field, observed = "data.severity", event.data.severity
        high = with_value(event, field, Severity.HIGH)
        yield Step(field, high, "high severity", observed.value, "high")
    if type(event) is not CourseworkAnalyzed:
        return
    if not event.data.learning_gaps:
        gap = with_value(event, "data.learning_gaps", ["a gap"])
        yield Step("data.learning_gaps", gap, "a gap that the coursework shows", 0, 1)
    if event.data.answers:
        yield from _more_answers(event, right=True, most=policy.level.up.streak)
        yield from _more_answers(event, right=False, most=policy.level.down.streak)


def _more_answers(event: CourseworkAnalyzed, *, right: bool, most: int) -> Iterator[Step]:
    word, there = "correct" if right else "incorrect", len(event.data.answers)
    for more in range(1, most + 1):
        changed = with_value(event, "data.answers", [*event.data.answers, *[right] * more])
        words = f"{more} more {word} {'answer' if more == 1 else 'answers'}"
        yield Step("data.answers", changed, words, there, there + more)


def may_be_repeated(event: Event) -> bool:
    """Whether more events like it can add up: alerts, and coursework without single answers."""
    return type(event) is SelAlert or (type(event) is CourseworkAnalyzed and not event.data.answers)


def value_of(event: Event, field: str) -> float | None:
    """What the event says of a dotted path; None if it does not say."""
    part: Any = event
    for name in field.split("."):
        part = part.get(name) if isinstance(part, dict) else getattr(part, name)
    return None if part is None else float(part)


def with_value(event: Event, field: str, value: Any) -> Event:
    """The event with another value at a dotted path."""
    changed: Event = _with(event, field.split("."), value)
    return changed


def _with(part: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    name, *rest = path
    if isinstance(part, dict):
        return {**part, name: _with(part.get(name), rest, value)}
    return replace(part, **{name: _with(getattr(part, name), rest, value)})
