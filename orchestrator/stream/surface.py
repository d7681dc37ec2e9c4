"""What Faust asks of a consumer beyond what ours is about: answered here, out of the way.

Much of it steers a message-by-message consumer (seek, pause, ack, gaps); flows and the fetch loop
do that work by the batch, so those methods have nothing to do, or refuse.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, cast
from weakref import WeakSet

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP, Message
from faust.types.transports import ConsumerT
from mode import Service
from mode.utils.times import Seconds

from orchestrator.stream.flow import PartitionFlow
from orchestrator.stream.partitioner import partition_of


class ConsumerSurface(Service, ConsumerT, ABC):
    """The inert part of a consumer; BatchConsumer is the rest."""

    flows: dict[TP, PartitionFlow]
    _client: AIOKafkaConsumer
    _unacked_messages: WeakSet[Message]  # Faust's stream iterator adds what it takes

    def assignment(self) -> set[TP]:
        """The partitions of the present assignment."""
        return set(self.flows)

    def stop_flow(self) -> None:
        """Faust's wish to stop fetching: revoke and on_stop have parked the loop already."""

    def resume_flow(self) -> None:
        """Flows resume when they open."""

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Not needed: a flow that wants nothing is not asked for."""

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """See pause_partitions."""

    def on_buffer_full(self, tp: TP) -> None:
        """Cannot happen: a stream holds at most one batch a partition."""

    def on_buffer_drop(self, tp: TP) -> None:
        """See on_buffer_full."""

    def ack(self, message: Message) -> bool:  # noqa: ARG002
        """Batches are finished by `work`; nothing else is read."""
        return False

    def track_message(self, message: Message) -> None:
        """See ack."""

    async def on_task_error(self, exc: BaseException) -> None:  # noqa: ARG002
        """A failed agent commits nothing more than what is done."""
        await self.commit()

    async def perform_seek(self) -> None:
        """Positions are set when a flow opens."""

    def close(self) -> None:
        """Nothing is held beyond on_stop."""

    @property
    def unacked(self) -> set[Message]:
        """What Faust's streams have taken and not let go."""
        return cast("set[Message]", self._unacked_messages)

    def highwater(self, tp: TP) -> int:
        """One past the last offset known to be in the partition's log."""
        return int(self._client.highwater(TopicPartition(*tp)) or 0)

    def topic_partitions(self, topic: str) -> int | None:
        """The topic's partition count, if known."""
        partitions = self._client.partitions_for_topic(topic)
        return len(partitions) if partitions else None

    def key_partition(
        self, topic: str, key: bytes | None, partition: int | None = None
    ) -> int | None:
        """The partition a key belongs to."""
        count = self.topic_partitions(topic)
        if partition is not None or not count:
            return partition
        return partition_of(key or b"", count)

    async def position(self, tp: TP) -> int | None:
        """The next offset that will be fetched."""
        return int(await self._client.position(TopicPartition(*tp)))

    async def seek(self, partition: TP, offset: int) -> None:
        """Not supported: positions belong to the flows."""
        raise NotImplementedError("positions are set when a partition opens")

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """See seek."""
        raise NotImplementedError("positions are set when a partition opens")

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """The first offset in each log."""
        return await self._offsets(self._client.beginning_offsets, partitions)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """One past the last offset in each log."""
        return await self._offsets(self._client.end_offsets, partitions)

    async def _offsets(
        self, ask: Callable[[list[TopicPartition]], Awaitable[Mapping[Any, int]]], tps: Iterable[TP]
    ) -> Mapping[TP, int]:
        answer = await ask([TopicPartition(*tp) for tp in tps])
        return {TP(*key): offset for key, offset in answer.items()}

    def verify_recovery_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock check of its own recovery, which is not used."""

    async def getmany(
        self,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> AsyncIterator[tuple[TP, Message]]:
        """Not supported: the fetch loop reads whole batches."""
        raise NotImplementedError("records are fetched by the fetch loop")

    async def create_topic(
        self,
        topic: str,
        partitions: int,
        replication: int,
        *,
        config: Mapping[str, Any] | None = None,
        timeout: Seconds = 30.0,  # noqa: ASYNC109
        retention: Seconds | None = None,
        compacting: bool | None = None,
        deleting: bool | None = None,
        ensure_created: bool = False,
    ) -> None:
        """Not supported: topics are made by orchestrator/stream/admin.py, and checked."""
        raise NotImplementedError("topics are created before the app starts")
