"""What a comparison looked at: the denominators. Kept by whoever feeds the events."""

from collections.abc import Mapping

from msgspec import Struct, field

from orchestrator.comparison.summary import Denominators
from orchestrator.core.times import HOUR


class Coverage(Struct):
    """Counted while events go by; of disjoint sets of learners they add up.

    `skipped`: records that were not compared, by why (see pair.py, or the reason of a dead letter).
    `outcomes`: the others, by base's outcome. `learner_days`: (learner, UTC day) with an event that
    base decided.
    `worked`: microseconds of learning: from a learning event of a learner to the next the time
    between them, unless a pause (base's) lies there; then, and at first, the duration that the
    later event reports. So it does not depend on breaks.
    """

    read: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    learners: int = 0
    learner_days: int = 0
    worked: int = 0

    def add(self, other: "Coverage") -> None:
        """Take in what was counted elsewhere."""
        self.read += other.read
        _add(self.skipped, other.skipped)
        _add(self.outcomes, other.outcomes)
        self.learners += other.learners
        self.learner_days += other.learner_days
        self.worked += other.worked

    def denominators(self) -> Denominators:
        """As the report has it."""
        return Denominators(
            read=self.read,
            eligible=self.read - sum(self.skipped.values()),
            evaluated=self.outcomes.get("decided", 0),
            skipped=dict(sorted(self.skipped.items())),
            outcomes=dict(sorted(self.outcomes.items())),
            learners=self.learners,
            learner_days=self.learner_days,
            learner_hours=self.worked / HOUR,
        )


def _add(counts: dict[str, int], others: Mapping[str, int]) -> None:
    for name, count in others.items():
        counts[name] = counts.get(name, 0) + count
