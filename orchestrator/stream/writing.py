"""What the owner of a partition writes: in steps, each awaited, and how far it is done with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    def attach(self, owner: Owner) -> None:
        """Tell this owner from now on."""
        ...

    async def own(self, partitions: Iterable[int], fresh: Iterable[int]) -> None:
        """These are this worker's, and no others; of `fresh`, somebody else's until now.

        When it returns, nothing that a former owner of `fresh` writes counts any more, whatever
        that one believes. Kafka's absence is waited out. Raises OwnershipLost if they are somebody
        else's by now, and KafkaError if Kafka refuses.
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
