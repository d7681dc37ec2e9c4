"""At least once: what the owner of a partition writes, step by step, each awaited."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from aiokafka.errors import KafkaConnectionError, KafkaError

from orchestrator.errors import OwnershipLost
from orchestrator.stream.fence import FENCED
from orchestrator.stream.writing import ByTopic, Done, Owner

logger = logging.getLogger(__name__)

RETRY_S = 1.0


class OwnersProducer(Protocol):
    """The producer behind AwaitedWriter; EpochProducer is the real one, and says what each does."""

    async def start(self) -> None:
        """Connect. Raises KafkaConnectionError."""
        ...

    async def stop(self) -> None:
        """Write what waits, and disconnect."""
        ...

    async def take_over(self, number: int) -> None:
        """Former owners write no more."""
        ...

    async def write(self, number: int, by_topic: ByTopic) -> None:
        """Return when Kafka has all records."""
        ...


class AwaitedWriter:
    """A PartitionWriter whose steps are awaited one by one; the group commits offsets later.

    A crash between two steps leaves the first, and the batch is worked on again.
    """

    def __init__(self, new_producer: Callable[[], OwnersProducer]) -> None:
        """`new_producer` gives one that is not started."""
        self._new_producer = new_producer
        self._producer: OwnersProducer | None = None
        self._held: set[int] = set()
        self._owner: Owner

    def attach(self, owner: Owner) -> None:
        """See PartitionWriter."""
        self._owner = owner

    async def own(self, partitions: Iterable[int], fresh: Iterable[int]) -> None:
        """See PartitionWriter."""
        fresh = set(fresh)
        self._held &= set(partitions) - fresh
        producer = await self._started()
        await asyncio.gather(*(self._take_over(producer, number) for number in sorted(fresh)))
        self._held |= fresh

    async def _take_over(self, producer: OwnersProducer, number: int) -> None:
        try:
            await producer.take_over(number)
        except FENCED as error:  # this process stood still meanwhile, and somebody else has it
            self._owner.lost(number, error)
            raise OwnershipLost(f"partition {number}: {error!r}") from error

    async def _started(self) -> OwnersProducer:
        while self._producer is None:
            producer = self._new_producer()
            try:
                await producer.start()
            except KafkaConnectionError as error:
                logger.warning("Kafka does not take a producer, trying again: %r", error)
                await producer.stop()
                await asyncio.sleep(RETRY_S)
            except BaseException:
                await producer.stop()
                raise
            else:
                self._producer = producer
        return self._producer

    def intact(self, partition: int) -> bool:
        """See PartitionWriter: what was written by half is written again, and is the same."""
        return partition in self._held

    async def write(
        self,
        partition: int,
        *steps: ByTopic,
        done: Done | None = None,  # noqa: ARG002 - committed by the group, once the batch is done
    ) -> None:
        """See PartitionWriter."""
        for step in steps:
            if self._producer is None or partition not in self._held:
                raise OwnershipLost(f"partition {partition} is not this worker's")
            try:
                await self._producer.write(partition, step)
            except FENCED as error:
                if partition in self._held:
                    self._held.discard(partition)
                    self._owner.lost(partition, error)
                raise OwnershipLost(f"partition {partition}: {error!r}") from error

    async def stop(self) -> None:
        """See PartitionWriter."""
        self._held.clear()
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await producer.stop()
            except KafkaError as error:
                logger.info("a producer did not stop in order: %r", error)
