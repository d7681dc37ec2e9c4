"""What agents ask of the app, so that what they do can be tried without Kafka."""

from typing import Protocol

from orchestrator.stream.records import Sender
from orchestrator.stream.writing import ByTopic, Done


class Writer(Protocol):
    """What the owner of a partition writes by; the app's PartitionWriter is the real one."""

    async def write(self, partition: int, *steps: ByTopic, done: Done | None = None) -> None:
        """Return when Kafka has all records, in the partition of this number of each topic.

        No step is there without those before it; `done` is committed with them, where the
        guarantee has it so.
        """
        ...


class Host(Protocol):
    """The app, which can write once it runs; StreamApp is the real one."""

    @property
    def writer(self) -> Writer:
        """For what follows from records of a partition that is owned here."""
        ...

    @property
    def sender(self) -> Sender:
        """For events, which are known again by their ids when they come twice."""
        ...
