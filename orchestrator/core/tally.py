"""The counts of a batch of decisions: what the counters of a partition grow by."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from orchestrator.core.actions import ActionType
from orchestrator.core.decide import Decision, DecisionOutcome
from orchestrator.core.events import INTERNAL, Event, SelAlert

K = TypeVar("K", bound=str)


class Tally(Struct, frozen=True):
    """How many events ended how, and how many actions of each type they gave.

    Internal events are in `internal` alone, so that `received` is what producers have sent;
    `unknown_severities` of the decided ones were alerts whose severity nobody knows.
    """

    outcomes: dict[DecisionOutcome, int] = {}
    actions: dict[ActionType, int] = {}
    internal: int = 0
    unknown_severities: int = 0

    @property
    def received(self) -> int:
        """Events of producers, whatever became of them."""
        return sum(self.outcomes.values())

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            _sum(self.outcomes, other.outcomes),
            _sum(self.actions, other.actions),
            self.internal + other.internal,
            self.unknown_severities + other.unknown_severities,
        )


def tally(batch: Iterable[tuple[Event, Decision]]) -> Tally:
    """Count a batch of events with their decisions."""
    outcomes: dict[DecisionOutcome, int] = {}
    actions: dict[ActionType, int] = {}
    internal = unknown_severities = 0
    for event, decision in batch:
        if event.type in INTERNAL:
            internal += 1
            continue
        outcomes[decision.outcome] = outcomes.get(decision.outcome, 0) + 1
        unknown_severities += _has_unknown_severity(event, decision)
        for action in decision.actions:
            actions[action.type] = actions.get(action.type, 0) + 1
    return Tally(outcomes, actions, internal, unknown_severities)


def _has_unknown_severity(event: Event, decision: Decision) -> bool:
    if not isinstance(event, SelAlert) or decision.outcome is not DecisionOutcome.DECIDED:
        return False
    return event.data.unknown_severity is not None


def _sum(one: Mapping[K, int], other: Mapping[K, int]) -> dict[K, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted(one.keys() | other.keys())}
