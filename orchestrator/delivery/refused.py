"""What a service refused for good, or what could not be sent: it may be replayed by hand."""

from collections.abc import Iterable

from msgspec import Struct

from orchestrator.core.actions import REPLAYABLE, Action, Outcome
from orchestrator.core.recent_ids import id_hash

REFUSED = frozenset({Outcome.REJECTED, Outcome.FAILED})
"""Ends that become a dead letter, with the action and the answer."""

REMEMBERED_REFUSALS = 64
"""Of each type, how many of a learner's latest refused actions can be replayed."""


class Refused(Struct, array_like=True, frozen=True):
    """An action that ended so; `offset`: where it stood in its topic when it came first."""

    id_hash: bytes
    outcome: Outcome
    offset: int


def found_among(refused: Iterable[Refused], action: Action) -> Refused | None:
    """The one that this action is."""
    hashed = id_hash(action.action_id)
    return next((each for each in refused if each.id_hash == hashed), None)


def with_end(
    refused: Iterable[Refused], action: Action, outcome: Outcome, offset: int
) -> list[Refused]:
    """Those of the action's type after it has ended; by offset, the latest that are remembered."""
    hashed = id_hash(action.action_id)
    kept = [each for each in refused if each.id_hash != hashed]
    if outcome in REFUSED and action.type in REPLAYABLE:
        kept.append(Refused(hashed, outcome, offset))
        kept.sort(key=lambda each: each.offset)
    return kept[-REMEMBERED_REFUSALS:]
