"""What each point of a grid gave: counts that can be added up over partitions."""

from collections.abc import Iterable

from msgspec import Struct, field

from orchestrator.core.actions import ActionType

TYPES = tuple(ActionType)
PLACE = {kind: number for number, kind in enumerate(TYPES)}
"""Where a type of action stands among a point's counts."""


class PointCounts(Struct):
    """Of one point, by type of action in the order of TYPES: actions, and learners who got any."""

    actions: list[int] = field(default_factory=lambda: [0] * len(TYPES))
    learners: list[int] = field(default_factory=lambda: [0] * len(TYPES))

    def add(self, other: "PointCounts") -> None:
        """Add another partition's."""
        self.actions = [a + b for a, b in zip(self.actions, other.actions, strict=True)]
        self.learners = [a + b for a, b in zip(self.learners, other.learners, strict=True)]


class SweepCounts(Struct):
    """Of all points of a grid, over some partitions.

    `records`: all that were read; `events`: those counted, in the range; `learner_days`: days
    (UTC, event time) on which a learner had an event in the range, summed over `learners`.
    """

    points: list[PointCounts]
    records: int = 0
    refused: int = 0
    events: int = 0
    learners: int = 0
    learner_days: int = 0

    def add(self, other: "SweepCounts") -> None:
        """Add another partition's; no learner is in two."""
        self.records += other.records
        self.refused += other.refused
        self.events += other.events
        self.learners += other.learners
        self.learner_days += other.learner_days
        for mine, theirs in zip(self.points, other.points, strict=True):
            mine.add(theirs)


def summed(parts: Iterable[SweepCounts], points: int) -> SweepCounts:
    """The counts of all partitions together."""
    total = SweepCounts([PointCounts() for _ in range(points)])
    for part in parts:
        total.add(part)
    return total
