"""What is kept of one learner: bounded, whatever the learner's history."""

from msgspec import Struct, field

from orchestrator.comparison.cells import TYPES

CHANGED, LOST, ADDED, MOVED = range(4)
"""The columns of `differences`, a row of four a type."""

KEPT_MOMENTS = 12


class OpenAction(Struct, frozen=True, array_like=True, gc=False):
    """An action that only one side gave, and which one of the other side may still make up for.

    `lost`: base gave it; else the candidate. `type` is the number of its type, `at` the event's
    time in microseconds.
    """

    at: int
    type: int
    cell: int
    lost: bool


class BreakDays(Struct, array_like=True, gc=False):
    """Breaks a day under one side: the day under way, days over the limit, and the most on one.

    A learner's breaks come in the order of their times, so the day under way is enough.
    """

    day: int = -1
    breaks: int = 0
    over: int = 0
    most: int = 0

    def note(self, day: int, limit: int) -> None:
        """Count a break on `day` (since 1970)."""
        self.breaks = self.breaks + 1 if day == self.day else 1
        self.day = day
        self.most = max(self.most, self.breaks)
        if self.breaks == limit + 1:
            self.over += 1


class LearnerTally(Struct, array_like=True):
    """The differences of one learner.

    `seen`: a type each, the parts of the slices in which either side gave one (cells.SEEN).
    `differences`: a row of four a type; empty as long as there are none. `moments`: the first ones
    that differ, by time and encoded (traces.py); `differing`: how many there were in all.
    """

    key: bytes
    tenant: str
    seen: list[int] = field(default_factory=lambda: [0] * len(TYPES))
    differences: list[int] = field(default_factory=list)
    open: list[OpenAction] = field(default_factory=list)
    base_days: BreakDays = field(default_factory=BreakDays)
    candidate_days: BreakDays = field(default_factory=BreakDays)
    diverged: bool = False
    largest_fall: int = 0
    moments: list[tuple[int, bytes]] = field(default_factory=list)
    differing: int = 0
    forgotten: bool = False

    def count(self, kind: int, column: int, by: int = 1) -> None:
        """Count a difference of a type."""
        if not self.differences:
            self.differences = [0] * (4 * len(TYPES))
        self.differences[4 * kind + column] += by

    def differs_in(self, kind: int) -> bool:
        """Whether an action of a type is not the same."""
        return any(self.differences[4 * kind : 4 * kind + 4])

    def total(self, column: int) -> int:
        """The differences of a column, of all types."""
        return sum(self.differences[column::4])

    def close(self) -> None:
        """End what is under way: nothing that comes later belongs to it."""
        self.open = []
        self.base_days.day = self.candidate_days.day = -1
        self.base_days.breaks = self.candidate_days.breaks = 0

    def forget(self) -> None:
        """The learner was erased: no trace of them is shown, now or later; counts stay counts."""
        self.close()
        self.forgotten, self.moments, self.differing = True, [], 0

    def add(self, other: "LearnerTally") -> None:
        """Take in the same learner's from another partition; both must be closed."""
        self.seen = [mine | theirs for mine, theirs in zip(self.seen, other.seen, strict=True)]
        if self.differences and other.differences:
            pairs = zip(self.differences, other.differences, strict=True)
            self.differences = [mine + theirs for mine, theirs in pairs]
        else:
            self.differences = self.differences or list(other.differences)
        _add(self.base_days, other.base_days)
        _add(self.candidate_days, other.candidate_days)
        self.diverged |= other.diverged
        self.largest_fall = max(self.largest_fall, other.largest_fall)
        self.moments = sorted(self.moments + other.moments)[:KEPT_MOMENTS]
        self.differing += other.differing
        if self.forgotten or other.forgotten:
            self.forget()


def _add(days: BreakDays, other: BreakDays) -> None:
    days.over += other.over
    days.most = max(days.most, other.most)
