"""The cluster's figures, from the statistics of every partition: the same on every worker."""

from collections import Counter

import msgspec
import structlog

from orchestrator.core.counters import DecideCounters, LabelCounters
from orchestrator.stream.records import RawRecord
from tables.statistics import DEAD_LETTERS_ROW, DECIDE_ROW, OUTCOME_ROWS

log = structlog.get_logger(__name__)

LABELLED = frozenset({DEAD_LETTERS_ROW, *OUTCOME_ROWS.values()})


class Totals:
    """Fed with the records of the statistics changelog, from its beginning."""

    def __init__(self) -> None:
        self._decide: dict[int, DecideCounters] = {}
        self._labels: dict[tuple[bytes, int], LabelCounters] = {}

    def on_record(self, record: RawRecord) -> None:
        """Take a partition's newest figures."""
        try:
            if record.key == DECIDE_ROW:
                counters = msgspec.json.decode(record.value or b"", type=DecideCounters)
                self._decide[record.partition] = counters
            elif record.key in LABELLED:
                labels = msgspec.json.decode(record.value or b"", type=LabelCounters)
                self._labels[record.key, record.partition] = labels
        except msgspec.DecodeError as error:
            log.warning("a row of the statistics is unreadable", error=str(error))

    def decided(self) -> DecideCounters:
        """The sum over all partitions; `offset` is the count of records passed."""
        total = DecideCounters(offset=0)
        actions: Counter[str] = Counter()
        for counters in self._decide.values():
            total.offset += counters.offset + 1
            total.decided += counters.decided
            total.duplicates += counters.duplicates
            total.late += counters.late
            total.refused += counters.refused
            total.internal += counters.internal
            total.learners += counters.learners
            total.controls += counters.controls
            total.replayed += counters.replayed
            total.newest = max(total.newest, counters.newest)
            actions.update(counters.actions)
        total.actions = dict(actions)
        total.policy = self.policies()
        return total

    def policies(self) -> str:
        """The versions in force; two while a policy is being switched, partition by partition."""
        return ", ".join(sorted({c.policy for c in self._decide.values() if c.policy}))

    def active_learners(self, now: int) -> int:
        """Learners with an event within the hour before `now` (microseconds)."""
        return sum(counters.active_at(now) for counters in self._decide.values())

    def outcomes(self) -> Counter[str]:
        """Actions by how they ended."""
        return self._sum(frozenset(OUTCOME_ROWS.values()))

    def dead_letters(self) -> Counter[str]:
        """Dead letters by reason."""
        return self._sum(frozenset({DEAD_LETTERS_ROW}))

    def _sum(self, rows: frozenset[bytes]) -> Counter[str]:
        total: Counter[str] = Counter()
        for (name, _), counters in self._labels.items():
            if name in rows:
                total.update(counters.counts)
        return total
