"""What comes to a desk: taken on, or known already."""

from typing import NamedTuple

import structlog

from orchestrator.core.actions import Action, encode_action
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
