"""What an event costs, in function calls: the same on every machine and day, unlike its time.

Calls are not time, but what makes the way of an event slower by accident shows in them at once:
something is read, written or asked twice. The times are told by `python -m benchmarks.decide`.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from orchestrator.core.decide import Position, decide
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import Batch, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.rules.quiet import SEEN_THROUGH
from orchestrator.core.state import LearnerState
from tests.unit.core.samples import POLICY, START, after, event

EVENTS, LEARNERS = 200, 20
SLACK = 1.5
"""Calls more an event that may be: one helper, but nothing that is read or written once more."""

INLINED = {"<listcomp>", "<dictcomp>", "<setcomp>"}
"""Calls up to Python 3.11, and none from 3.12 on."""


class Source(NamedTuple):
    key: bytes
    value: bytes
    offset: int
    headers: tuple[tuple[str, bytes], ...] = ()


def nth_event(number: int) -> Event:
    """Coursework, assessments and progress; every tenth event gives an action."""
    kind, data = "ASSESSMENT_COMPLETE", dict[str, Any](score=0.6)
    if number % 2:
        kind, data = "LEARNER_PROGRESS", {"performance_score": 0.6, "engagement_score": 0.7}
    elif number % 10 == 0:
        kind = "COURSEWORK_ANALYZED"
        data = {"performance_metrics": {"accuracy": 0.6}, "learning_gaps": ["fractions"]}
    return event(kind, data, after(number / 10), learner_id=f"learner-{number * 7 % LEARNERS}")


KNOWN_RULES = {
    kind: tuple(rule for rule in rules if rule.id in SEEN_THROUGH)
    for kind, rules in POLICY.rules.items()
}
RULES = replace(POLICY, rules=KNOWN_RULES, seen_through=frozenset(KNOWN_RULES))
"""A rule that is new costs what it costs; this is about all the rest."""

HISTORY = [nth_event(number) for number in range(EVENTS)]
RECORDS = [
    Source(learner_key(each.tenant_id, each.learner_id), encode_event(each), offset)
    for offset, each in enumerate(HISTORY)
]


def decide_all() -> None:
    """Every event on the state of its learner."""
    states: dict[str, LearnerState] = {}
    for offset, each in enumerate(HISTORY):
        before = states.get(each.learner_id)
        states[each.learner_id] = decide(before, each, Position(0, offset), RULES).state


def fold_all(size: int) -> None:
    """Every event from its bytes, so many at a time."""
    rows: dict[bytes, bytes] = {}
    batch = Batch("events", 0, {RULES.version: RULES}, RULES.version, START)
    for first in range(0, EVENTS, size):
        rows |= fold(batch, RECORDS[first : first + size], rows).changes


def calls_of(work: Callable[[], object]) -> int:
    """How many functions `work` calls, in Python and in C."""
    count = 0

    def note(frame: FrameType, what: str, _arg: object) -> None:
        nonlocal count
        count += what == "c_call" or (what == "call" and frame.f_code.co_name not in INLINED)

    work()  # what is done once only is done by now
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    ("name", "work", "known"),
    [
        ("decide", decide_all, 26.8),
        ("fold one at a time", lambda: fold_all(1), 67.3),
        ("fold a hundred at a time", lambda: fold_all(100), 49.6),
    ],
)
def test_an_event_takes_no_more_calls_than_it_did(
    name: str, work: Callable[[], object], known: float
) -> None:
    calls = calls_of(work) / EVENTS

    assert calls <= known + SLACK, (
        f"{name}: {calls:.1f} function calls an event, and {known} were enough. Look for what is "
        "done once more on the way of every event. If it is worth its price, which "
        "`python -m benchmarks.decide` tells before and after, write the new number here and the "
        "reason into the commit."
    )
