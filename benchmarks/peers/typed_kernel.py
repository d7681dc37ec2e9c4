"""The kernel with typed structs, a batch at a time: the same steps as in kernel.py."""

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from benchmarks.peers.kernel import RECENT_IDS, streaks_after
from orchestrator.stream.records import RawRecord, Record


class Metrics(Struct, frozen=True, gc=False):
    """What the kernel looks at of an event's metrics."""

    accuracy: float


class Data(Struct, frozen=True, gc=False):
    """What the kernel looks at of an event's data."""

    performance_metrics: Metrics
    learning_gaps: tuple[str, ...] = ()


class Event(Struct, frozen=True, gc=False):
    """What the kernel looks at of an event."""

    id: str
    learner_id: str
    timestamp: str
    data: Data


class Learner(Struct, frozen=True, array_like=True, gc=False):
    """The state: right and wrong pieces in a row, and the latest event ids, the oldest first."""

    correct: int = 0
    incorrect: int = 0
    recent: tuple[str, ...] = ()


class Action(Struct, frozen=True, gc=False):
    """What follows from an event with learning gaps."""

    event_id: str
    learner_id: str
    created_at: str
    topics: tuple[str, ...]
    correct: int
    incorrect: int


encode_learner = msgspec.msgpack.Encoder().encode
decode_learner = msgspec.msgpack.Decoder(Learner).decode
_decode_event = msgspec.json.Decoder(Event).decode
_encode_action = msgspec.json.Encoder().encode

Before = Callable[[bytes], Learner]
"""The state of a learner before the batch."""


def fold(records: Iterable[RawRecord], before: Before) -> tuple[dict[bytes, Learner], list[Record]]:
    """The states that a batch of one partition changes, and its actions, in their order."""
    changed: dict[bytes, Learner] = {}
    actions: list[Record] = []
    for record in records:
        assert record.key is not None
        assert record.value is not None
        state, event = changed.get(record.key) or before(record.key), _decode_event(record.value)
        if event.id in state.recent:
            continue
        state = changed[record.key] = _after(state, event)
        if event.data.learning_gaps:
            actions.append(Record(record.key, _encode_action(_action(state, event))))
    return changed, actions


def _after(state: Learner, event: Event) -> Learner:
    accuracy = event.data.performance_metrics.accuracy
    streaks = streaks_after(state.correct, state.incorrect, accuracy)
    return Learner(*streaks, (*state.recent, event.id)[-RECENT_IDS:])


def _action(state: Learner, event: Event) -> Action:
    return Action(
        event_id=event.id,
        learner_id=event.learner_id,
        created_at=event.timestamp,
        topics=event.data.learning_gaps,
        correct=state.correct,
        incorrect=state.incorrect,
    )
