"""Learners of whom something is known already: the rows that the decide agent has left of them."""

import random
from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from benchmarks.decide import history, policy
from orchestrator.core.decide import Position, decide
from orchestrator.core.event_codec import decode_event
from orchestrator.core.ids import learner_key
from orchestrator.core.recent_ids import WIDTH
from orchestrator.core.state import LearnerState, encode_state

MODELS = 100
EVENTS_OF_A_MODEL = 8


def rows(learners: int, recent_ids: int) -> Iterator[tuple[bytes, bytes]]:
    """(key, row) of each learner, who has so many recent ids.

    To decide a history for each would take minutes. So a hundred learners have one, and all others
    have the state of one of these with ids of their own.
    """
    rng, models = random.Random(2), _models()
    for number in range(learners):
        state = replace(models[number % MODELS], recent_ids=rng.randbytes(recent_ids * WIDTH))
        yield learner_key("tenant-1", f"learner-{number}"), encode_state(state)


def _models() -> list[LearnerState]:
    states: dict[bytes, LearnerState] = {}
    rules = policy()
    for record in history(MODELS * EVENTS_OF_A_MODEL, MODELS):
        at = Position(0, record.offset)
        event = decode_event(record.value)
        states[record.key] = decide(states.get(record.key), event, at, rules).state
    found = list(islice(states.values(), MODELS))
    assert len(found) == MODELS
    return found
