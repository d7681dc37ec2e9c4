"""What agents ask of the app, so that what they do can be tried without Kafka."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from orchestrator.stream.records import Record


class Writer(Protocol):
    """Kafka, to write to; BatchProducer is the real one."""

    async def write(self, partition: int, by_topic: Mapping[str, Iterable[Record]]) -> None:
        """Return when Kafka has all records, in the partition of this number of each topic."""
        ...


class Host(Protocol):
    """The app, which has its producer once it runs; StreamApp is the real one."""

    @property
    def batch_producer(self) -> Writer:
        """The producer."""
        ...
