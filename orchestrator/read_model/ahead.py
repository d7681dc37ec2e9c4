"""What stands in the topics beyond what the workers have counted and handled."""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from copy import deepcopy

import msgspec
from aiokafka import TopicPartition
from msgspec import Struct

from orchestrator.core.actions import Service
from orchestrator.core.counters import LabelCounters
from orchestrator.core.dead_letters import is_replay
from orchestrator.core.letter_counters import LetterCounters
from orchestrator.core.outcomes import ActionOutcome, decode_outcome
from orchestrator.core.recent_ids import id_hash
from orchestrator.read_model.counted import Source, count_letter, count_outcome, source_of
from orchestrator.stream.records import RawRecord
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_NOTIFICATION,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    OUTCOMES,
)

ACTION_TOPICS: Mapping[str, Service] = {
    ACTIONS_LEARNER: Service.LEARNER,
    ACTIONS_NOTIFICATION: Service.NOTIFICATION,
    ACTIONS_URGENT: Service.NOTIFICATION,
}
"""Which service the actions of a topic are for."""


class _Id(Struct):
    action_id: str


_id_decoder = msgspec.json.Decoder(_Id)


class _Actions:
    """The actions of one partition of a topic: 16 bytes each, for there can be a backlog."""

    def __init__(self) -> None:
        self.offsets, self.hashes = array("q"), array("Q")

    def add(self, record: RawRecord) -> None:
        if is_replay(record.headers):
            return
        try:
            action_id = _id_decoder.decode(record.value or b"").action_id
        except (msgspec.DecodeError, RecursionError):
            return  # no action: the desk makes a dead letter of it
        self.offsets.append(record.offset)
        self.hashes.append(int.from_bytes(id_hash(action_id)))

    def forget_before(self, offset: int) -> None:
        handled = bisect_left(self.offsets, offset)
        del self.offsets[:handled]
        del self.hashes[:handled]


class Ahead:
    """Fed with records in the order of their offsets; told which of them are handled."""

    def __init__(self) -> None:
        self._actions: dict[TopicPartition, _Actions] = defaultdict(_Actions)
        self._outcomes: dict[int, dict[int, ActionOutcome]] = defaultdict(dict)
        self._letters: dict[int, dict[int, Source]] = defaultdict(dict)

    def on_records(self, tp: TopicPartition, records: list[RawRecord]) -> None:
        """Take records of an actions topic, of the outcomes or the dead letters."""
        for record in records:
            if tp.topic == DEAD_LETTERS:
                self._take_letter(record)
            elif tp.topic == OUTCOMES:
                self._take_outcome(record)
            else:
                self._actions[tp].add(record)

    def forget(self, committed: Mapping[TopicPartition, int]) -> None:
        """Everything before these offsets is handled."""
        for tp, offset in committed.items():
            if tp.topic in ACTION_TOPICS:
                self._actions[tp].forget_before(offset)
                continue
            kept = self._letters if tp.topic == DEAD_LETTERS else self._outcomes
            for each in [each for each in kept[tp.partition] if each < offset]:
                del kept[tp.partition][each]

    def in_flight(self) -> dict[tuple[int, Service], int]:
        """Distinct actions by partition and service."""
        counts: Counter[tuple[int, Service]] = Counter()
        for tp, actions in self._actions.items():
            counts[tp.partition, ACTION_TOPICS[tp.topic]] += len(set(actions.hashes))
        return dict(counts)

    def letters(self, counted: Mapping[int, LetterCounters]) -> dict[int, LetterCounters]:
        """The counters as they will be."""
        ahead = {number: deepcopy(each) for number, each in counted.items()}
        for number, letters in self._letters.items():
            for each in letters.values():
                count_letter(ahead.setdefault(number, LetterCounters()), each)
        return ahead

    def outcomes(
        self, counted: Mapping[tuple[int, Service], LabelCounters]
    ) -> dict[tuple[int, Service], LabelCounters]:
        """The counters as they will be."""
        ahead = {place: deepcopy(each) for place, each in counted.items()}
        for number, outcomes in self._outcomes.items():
            for each in outcomes.values():
                count_outcome(ahead.setdefault((number, each.service), LabelCounters()), each)
        return ahead

    def _take_letter(self, record: RawRecord) -> None:
        if (letter := source_of(record)) is not None:
            self._letters[record.partition][record.offset] = letter

    def _take_outcome(self, record: RawRecord) -> None:
        try:
            outcome = decode_outcome(record.value or b"")
        except (msgspec.DecodeError, RecursionError):
            return  # no outcome: it becomes a dead letter
        self._outcomes[record.partition][record.offset] = outcome
