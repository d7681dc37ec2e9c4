"""What comes to a desk: taken on, or known already."""

from typing import NamedTuple

import structlog

from orchestrator.core.actions import URGENT, Action, ActionType, encode_action
from orchestrator.delivery.books import Books
from orchestrator.delivery.rows import Waiting

log = structlog.get_logger(__name__)


class Arrival(NamedTuple):
    """An action as it stands in its topic, with the learner's key.

    `replayed`: it stands there a second time, since its end was a refusal and somebody asks for
    another attempt.
    """

    key: bytes
    offset: int
    action: Action
    replayed: bool = False


class ErasureArrival(NamedTuple):
    """An erasure as it stands in its topic, which holds actions of `kinds`.

    `decided`: where the event stands that has erased the learner.
    """

    key: bytes
    offset: int
    decided: int
    kinds: frozenset[ActionType]


def is_urgent(arrival: Arrival | ErasureArrival) -> bool:
    """Whether it stands in a topic of urgent actions."""
    if isinstance(arrival, ErasureArrival):
        return not URGENT.isdisjoint(arrival.kinds)
    return arrival.action.type in URGENT


def accepted(books: Books, arrival: Arrival) -> Waiting | None:
    """What is to be seen through; None if it came before."""
    key, offset, action, replayed = arrival
    if books.knows(key, action, offset, replayed=replayed):
        if replayed:
            log.warning(
                "a replayed action is passed over: it waits, has arrived, or its end is forgotten",
                action_id=action.action_id,
            )
        return None
    replays = books.refusal_of(key, action) if replayed else None
    return Waiting(action.action_id, offset, encode_action(action), replays=replays)
