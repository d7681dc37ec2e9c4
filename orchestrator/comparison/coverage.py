"""What a comparison looked at: the denominators. Kept by whoever feeds the events."""

from collections.abc import Mapping

from msgspec import Struct, field

from orchestrator.comparison.summary import Denominators
from orchestrator.core.times import HOUR


class Coverage(Struct):
    """Counted while events go by; of disjoint sets of learners they add up.

    `skipped`: records that were not compared, by why (`control`, `warm-up`, `before the range`,
    `after the range`, `other tenant`, or the reason of a dead letter). `outcomes`: the others, by
    base's outcome. `learner_days`: (learner, UTC day) with an event that base decided.
    `worked`: microseconds of learning: between two learning events of a learner that lie less than
    base's session pause apart the time from one to the other, and where a session begins the
    duration that its first event reports. It does not depend on breaks.
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
