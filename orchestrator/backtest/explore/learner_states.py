"""One learner under all points of a grid; points that are in the same state share it."""

from collections.abc import Iterator, Sequence

from orchestrator.backtest.explore.kinship import Kin
from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.events import INTERNAL, Event
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState

Points = tuple[int, ...]
Group = tuple[LearnerState | None, Points]
"""A state, and the points (all of one kin) under which the learner is in it."""


class LearnerStates:
    """Begins with one state for all points; after `part` each point decides by its own policy."""

    __slots__ = ("_groups", "_together")

    def __init__(self, state: LearnerState | None = None) -> None:
        self._together = state
        self._groups: list[list[Group]] = []

    @property
    def is_parted(self) -> bool:
        """Whether the points decide by their own policies already."""
        return bool(self._groups)

    def part(self, kins: Sequence[Kin]) -> None:
        """From here on each point decides by its own policy."""
        self._groups = [[(self._together, kin.points)] for kin in kins]
        self._together = None

    def warm_up(self, event: Event, position: Position, base: Policy) -> None:
        """Decide for all points by one policy, from whatever state each of them is in."""
        if not self._groups:
            self._together = decide(self._together, event, position, base).state
        for groups in self._groups:
            groups[:] = [
                (decide(state, event, position, base).state, points) for state, points in groups
            ]

    def decide(
        self,
        event: Event,
        at: int,
        position: Position,
        kins: Sequence[Kin],
        policies: Sequence[Policy],
    ) -> Iterator[tuple[Points, Decision]]:
        """Decide for each point by its policy, and yield each decision with its points."""
        for number, kin in enumerate(kins):
            after: list[Group] = []
            may_join = event.type in INTERNAL
            for group in self._groups[number]:
                for points, decision in _decided(group, event, at, position, kin, policies):
                    may_join |= bool(decision.actions) or len(points) < len(group[1])
                    after.append((decision.state, points))
                    yield points, decision
            self._groups[number] = joined(after) if may_join else after


def _decided(
    group: Group,
    event: Event,
    at: int,
    position: Position,
    kin: Kin,
    policies: Sequence[Policy],
) -> Iterator[tuple[Points, Decision]]:
    """One decision for the whole group where that is certain, else one for each of its points."""
    state, points = group
    first = decide(state, event, position, policies[points[0]])
    if len(points) == 1 or kin.all_silent(event, at, first):
        yield points, first
        return
    yield points[:1], first
    for point in points[1:]:
        yield (point,), decide(state, event, position, policies[point])


def joined(groups: list[Group]) -> list[Group]:
    """The groups, those of equal states made one; in the order of their first members."""
    found: list[Group] = []
    for state, points in groups:
        for number, (known, already) in enumerate(found):
            if known is state or known == state:
                found[number] = (known, already + points)
                break
        else:
            found.append((state, points))
    return found
