"""The three tables of a worker, the product's own; made seldom, since Faust takes its time."""

from typing import NamedTuple

from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import (
    ACTIONS_LEARNER,
    DELIVERIES_CHANGELOG,
    EVENTS,
    LEARNER_STATE_CHANGELOG,
    OUTCOMES,
    STATISTICS_CHANGELOG,
)
from tests.unit.stream.samples import app

_NAMES = (
    ("learner_state", LEARNER_STATE_CHANGELOG, EVENTS),
    ("deliveries", DELIVERIES_CHANGELOG, ACTIONS_LEARNER),
    ("statistics", STATISTICS_CHANGELOG, OUTCOMES),
)


class Tables(NamedTuple):
    """Rows by partition."""

    learner_state: PartitionTable
    deliveries: PartitionTable
    statistics: PartitionTable


class Pool:
    """Tables that nobody uses any more are used again, once they are empty."""

    def __init__(self) -> None:
        self._app = app()
        self._free: list[Tables] = []

    def take(self) -> Tables:
        if self._free:
            return self._free.pop()
        return Tables(
            *(
                PartitionTable(self._app, name=name, changelog=changelog, source=source)
                for name, changelog, source in _NAMES
            )
        )

    def give_back(self, tables: Tables) -> None:
        for table in tables:
            for partition in list(table.owned()):
                table.drop(partition)
        self._free.append(tables)
