"""The cluster's figures, from the statistics of every partition: the same on every worker."""

from collections import Counter
from collections.abc import Iterable

import msgspec
import structlog

from orchestrator.core.actions import Service
from orchestrator.core.counters import DecideCounters, LabelCounters
from orchestrator.core.ledger import Reading
from orchestrator.core.letter_counters import LetterCounters
from orchestrator.stream.records import RawRecord
from tables.statistics import DEAD_LETTERS_ROW, DECIDE_ROW, OUTCOME_ROWS, WAITING_ROWS

log = structlog.get_logger(__name__)

OUTCOMES_OF = {row: service for service, row in OUTCOME_ROWS.items()}
WAITING_OF = {row: service for service, row in WAITING_ROWS.items()}


class Totals:
    """Fed with the records of the statistics changelog, from its beginning."""

    def __init__(self) -> None:
        self._decide: dict[int, DecideCounters] = {}
        self._letters: dict[int, LetterCounters] = {}
        self._outcomes: dict[tuple[int, Service], LabelCounters] = {}
        self._waiting: dict[tuple[int, Service], int] = {}

    def on_record(self, record: RawRecord) -> None:
        """Take a partition's newest figures."""
        try:
            self._take(record.key or b"", record.value or b"", record.partition)
        except msgspec.DecodeError as error:
            log.warning("a row of the statistics is unreadable", error=str(error))

    def _take(self, row: bytes, raw: bytes, number: int) -> None:
        if row == DECIDE_ROW:
            self._decide[number] = msgspec.json.decode(raw, type=DecideCounters)
        elif row == DEAD_LETTERS_ROW:
            self._letters[number] = msgspec.json.decode(raw, type=LetterCounters)
        elif (service := OUTCOMES_OF.get(row)) is not None:
            self._outcomes[number, service] = msgspec.json.decode(raw, type=LabelCounters)
        elif (service := WAITING_OF.get(row)) is not None:
            self._waiting[number, service] = msgspec.json.decode(raw, type=int)

    def reading(self) -> Reading:
        """What of the ledger stands in the statistics, as it is now."""
        return Reading(
            decide=dict(self._decide),
            letters=dict(self._letters),
            outcomes=dict(self._outcomes),
            waiting=dict(self._waiting),
        )

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

    def versions(self) -> list[str]:
        """The policies in force; two while one is being switched, partition by partition."""
        return sorted({c.policy for c in self._decide.values() if c.policy})

    def policies(self) -> str:
        """The same, in a line."""
        return ", ".join(self.versions())

    def active_learners(self, now: int) -> int:
        """Learners with an event within the hour before `now` (microseconds)."""
        return sum(counters.active_at(now) for counters in self._decide.values())

    def outcomes(self) -> Counter[str]:
        """Actions by how they ended."""
        return _sum(self._outcomes.values())

    def dead_letters(self) -> Counter[str]:
        """Dead letters by reason."""
        return _sum(self._letters.values())


def _sum(all_counters: Iterable[LabelCounters]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counters in all_counters:
        total.update(counters.counts)
    return total
