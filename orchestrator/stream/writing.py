"""What the owner of a partition writes: in steps, each awaited, and how far it is done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from faust.types import TP

from orchestrator.stream.records import RawRecord, Record

ByTopic = Mapping[str, Iterable[Record]]
"""Records by topic, all for partitions of one number."""


class Done(NamedTuple):
    """All records of a source partition before `next_offset` are done with what is written."""

    topic: str
    next_offset: int


def done_with(records: Sequence[RawRecord]) -> Done:
    """Done with these records of one partition, at least one, and all before them."""
    return Done(records[-1].topic, records[-1].offset + 1)


class Owner(Protocol):
    """The member of the group, as far as a writer has something to tell it."""

    def committed(self, tp: TP, next_offset: int) -> None:
        """Kafka has the offset, together with what was written."""
        ...

    def lost(self, partition: int, reason: BaseException) -> None:
        """Kafka takes nothing more from this worker for partitions of this number."""
        ...


class PartitionWriter(Protocol):
    """Writes for the partitions of one number: those of all topics have the same owner."""

    fences: bool
    """Whether Kafka takes nothing from a former owner, whatever that one believes."""

    def attach(self, owner: Owner) -> None:
        """Tell this owner from now on."""
        ...

    async def own(self, partitions: Iterable[int], fresh: Iterable[int]) -> None:
        """These are this worker's, and no others; of `fresh`, somebody else's until now.

        When it returns, nothing that a former owner of `fresh` writes counts any more, as far as
        this writer promises it.
        """
        ...

    def intact(self, partition: int) -> bool:
        """Whether all that was written is known here, so that the worker may go on with it."""
        ...

    async def write(self, partition: int, *steps: ByTopic, done: Done | None = None) -> None:
        """Return when Kafka has all of it; no step is there without those before it.

        Raises OwnershipLost if the partition is another worker's by now, and KafkaError, which
        leaves open what was written.
        """
        ...

    async def stop(self) -> None:
        """Nothing more is written."""
        ...


class PlainWriter(Protocol):
    """The producer behind AwaitedWriter; BatchProducer is the real one."""

    async def write(self, partition: int, by_topic: ByTopic) -> None:
        """Return when Kafka has all records."""
        ...


class AwaitedWriter:
    """At least once: step by step, each awaited; offsets are committed later, by the group.

    A crash between two steps leaves the first, and the batch is worked on again. Only its lease
    (lease.py) keeps a process that stood still from writing over its successor.
    """

    fences = False

    def __init__(self, producer: Callable[[], PlainWriter]) -> None:
        self._producer = producer

    def attach(self, owner: Owner) -> None:
        """There is nothing to tell."""

    async def own(self, partitions: Iterable[int], fresh: Iterable[int]) -> None:
        """Nobody else is kept from writing."""

    def intact(self, partition: int) -> bool:  # noqa: ARG002 - see write
        """Always: what is written again is the same, and changes nothing."""
        return True

    async def write(
        self,
        partition: int,
        *steps: ByTopic,
        done: Done | None = None,  # noqa: ARG002 - committed by the group, once the batch is done
    ) -> None:
        """See PartitionWriter."""
        for step in steps:
            await self._producer().write(partition, step)

    async def stop(self) -> None:
        """The producer is the app's, which stops it."""
