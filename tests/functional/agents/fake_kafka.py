"""Topics in memory, by the port that agents write to, and tables that are never restored."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from orchestrator.core.actions import Action, encode_action
from orchestrator.core.ids import learner_key
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.tables import PartitionTable
from orchestrator.stream.writing import ByTopic, Done
from orchestrator.topics import DELIVERIES_CHANGELOG, LEARNER_STATE_CHANGELOG, STATISTICS_CHANGELOG
from tests.unit.stream.samples import app, record


class FakeKafka:
    """One partition of each topic. `step` is called with the topics of each write, may raise."""

    def __init__(self) -> None:
        self.topics: dict[str, list[RawRecord]] = defaultdict(list)
        self.step: Callable[[frozenset[str]], None] = lambda _topics: None

    @property
    def writer(self) -> "FakeKafka":
        return self

    @property
    def sender(self) -> "FakeKafka":
        return self

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        assert partition == 0
        self._write({topic: records})

    async def write(self, partition: int, *steps: ByTopic, done: Done | None = None) -> None:
        for step in steps:
            self._write(step)

    def _write(self, by_topic: ByTopic) -> None:
        records = {topic: list(records) for topic, records in by_topic.items()}
        self.step(frozenset(topic for topic, written in records.items() if written))
        for topic, written in records.items():
            for each in written:
                self.append(topic, each)

    def append(self, topic: str, each: Record) -> None:
        log = self.topics[topic]
        log.append(record(len(log), each.value, key=each.key, topic=topic, headers=each.headers))

    def add_actions(self, topic: str, actions: Sequence[Action]) -> list[RawRecord]:
        """Write actions as the decide agent does; returns their records."""
        begin = len(self.topics[topic])
        for action in actions:
            key = learner_key(action.tenant_id, action.learner_id)
            self.append(topic, Record(key, encode_action(action)))
        return self.topics[topic][begin:]

    def restored(self, changelog: str) -> dict[bytes, bytes]:
        """The rows that a worker reads back from a changelog."""
        rows: dict[bytes, bytes] = {}
        for each in self.topics[changelog]:
            if each.value is None:
                rows.pop(each.key or b"", None)
            else:
                rows[each.key or b""] = each.value
        return rows

    def deliveries(self) -> PartitionTable:
        """The deliveries table of a worker that has just restored it."""
        return self._table("deliveries", DELIVERIES_CHANGELOG)

    def statistics(self) -> PartitionTable:
        """The statistics table of a worker that has just restored it."""
        return self._table("statistics", STATISTICS_CHANGELOG)

    def states(self) -> PartitionTable:
        """The learners of a worker that has just restored them."""
        return self._table("learner_state", LEARNER_STATE_CHANGELOG)

    def _table(self, name: str, changelog: str) -> PartitionTable:
        table = app().partition_table(name, changelog=changelog, source="any")
        table.adopt(0, self.restored(changelog))
        return table


class Crashed(Exception):
    """The worker died here."""
