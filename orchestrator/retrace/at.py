"""A learner's state at a moment: as it stood when the first event from after that moment came.

Events are taken in the order of their arrival, as they were live. Of those from before the moment
that came only later (a device was offline) nobody knew then, so they are not in it, but counted.
The clocks are the events' own: when a record reached Kafka says nothing of the learner.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from orchestrator.core.state import LearnerState
from orchestrator.core.times import micros
from orchestrator.retrace.life import Lived


class Then(NamedTuple):
    """How a learner stood.

    `state`: None before their first event; blank when they had been erased. `last`: the last event
    in it; `events` of them. `stragglers`: events from before the moment that came afterwards.
    `actions`: those given by then, by type. `next_at`: the time of the first event from after it.
    """

    state: LearnerState | None
    last: Lived | None
    events: int
    stragglers: int
    actions: Counter[str]
    next_at: int | None


def state_at(lived: Iterable[Lived], at: int) -> Then:
    """The state at a moment of event time (microseconds), out of a learner's whole life."""
    last, events, stragglers, next_at = None, 0, 0, None
    actions: Counter[str] = Counter()
    for one in lived:
        is_after = micros(one.event.timestamp) > at
        if next_at is None and is_after:
            next_at = micros(one.event.timestamp)
        elif next_at is None:
            last, events = one, events + 1
            actions.update(action.type for action in one.actions)
        else:
            stragglers += not is_after
    return Then(None if last is None else last.after, last, events, stragglers, actions, next_at)
