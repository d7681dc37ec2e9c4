"""Faust's consumer, of whole batches: assignments, flows, work under way, commits.

One event loop does everything: Faust's own driver keeps the Kafka client in a thread, and most of
what could be lost in a rebalance was lost in the hand-over between the two loops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faust.types import TP, AppT, Message
from faust.types.transports import (
    ConsumerCallback,
    ConsumerT,
    PartitionsAssignedCallback,
    PartitionsRevokedCallback,
    TPorTopicSet,
    TransportT,
)
from mode import Service
from mode.utils.times import Seconds

from orchestrator.errors import OffsetExpired
from orchestrator.stream.assignor import CopartitionAssignor
from orchestrator.stream.batch import Batch
from orchestrator.stream.client import (
    RebalanceListener,
    client_settings,
    generation_of,
    group_client,
)
from orchestrator.stream.fetcher import FetchLoop
from orchestrator.stream.flow import Limits, PartitionFlow
from orchestrator.stream.producer import partition_of
from orchestrator.stream.tables import PartitionTables

if TYPE_CHECKING:
    from orchestrator.stream.runner import Handler

logger = logging.getLogger(__name__)

COMMIT_EVERY_S = 0.25
DRAIN_S = 4.0
"""How long work under way may go on after its partition is revoked or the app stops."""


class BatchConsumer(Service, ConsumerT):
    """One member of the group. See each method for what holds during a rebalance."""

    logger = logger

    def __init__(
        self,
        transport: TransportT,
        callback: ConsumerCallback,
        on_partitions_revoked: PartitionsRevokedCallback,
        on_partitions_assigned: PartitionsAssignedCallback,
        **kwargs: Any,
    ) -> None:
        self.transport = transport
        self.app: AppT = transport.app
        self.in_transaction = False
        self.commit_interval = COMMIT_EVERY_S
        self.randomly_assigned_topics: set[str] = set()
        self.flows: dict[TP, PartitionFlow] = {}
        self.generation = -1
        self.rebalances = 0
        self._callback = callback
        self._revoke_app = on_partitions_revoked
        self._assign_app = on_partitions_assigned
        self._committed: dict[TP, int] = {}
        self._retained: dict[TP, int] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._delivering: set[asyncio.Task[None]] = set()
        self._opening: asyncio.Task[None] | None = None
        self._commit_lock = asyncio.Lock()
        self._limits = Limits()
        self._assignor = CopartitionAssignor()
        self._unacked_messages: WeakSet[Message] = WeakSet()  # Faust's stream iterator adds to it
        super().__init__(**kwargs)

    # -- life

    async def on_start(self) -> None:
        """Connect; the group is joined once Faust subscribes."""
        self._client = group_client(self.app, self._assignor)
        self._fetcher = FetchLoop(
            self._client, lambda: self.flows.values(), self._deliver, self.app_crash
        )
        await self._client.start()

    async def on_stop(self) -> None:
        """Finish what is under way, commit, leave the group."""
        await self._cancel_opening()
        await self._fetcher.park()
        await self.wait_empty()
        await self._client.stop()

    async def app_crash(self, reason: BaseException) -> None:
        """Stop the whole worker: it cannot keep its promises."""
        await self.app.crash(reason)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group for these topics."""
        self._client.subscribe(topics=sorted(topics), listener=RebalanceListener(self))

    # -- rebalance

    async def revoke(self, revoked: set[TP]) -> None:
        """Kafka takes all partitions, for the time being.

        When it returns, nothing is fetched, nothing is being worked on, and all that is done is
        committed: whoever owns the partitions next may begin.
        """
        self.app.on_rebalance_start()
        self.rebalances += 1
        await self._cancel_opening()
        await self._fetcher.park()
        await self._revoke_app(revoked)
        self._retained = {tp: flow.done for tp, flow in self.flows.items() if flow.ready}
        self._close_flows()

    async def assign(self, assigned: set[TP]) -> None:
        """Kafka gives partitions. Returns at once; they open as soon as their state is restored."""
        generation = generation_of(self._client)
        self.app.consumer_generation_id = generation
        counts = {
            tp.topic: len(self._client.partitions_for_topic(tp.topic) or ()) for tp in assigned
        }
        self._assignor.remember(generation, counts)
        await self._assign_app(assigned)
        self.app.on_rebalance_return()
        kept = self._still_mine(assigned, generation)
        self.generation = generation
        self.flows = {tp: PartitionFlow(tp, self._limits) for tp in assigned}
        self._opening = asyncio.create_task(self._open(kept), name="open partitions")

    def _still_mine(self, assigned: set[TP], generation: int) -> dict[TP, int]:
        """Partitions that nobody else can have owned in between, with where to go on.

        Only if this member took part in the generation before: had it been thrown out, another
        member may have owned them, and decided further.
        """
        if generation != self.generation + 1:
            return {}
        return {tp: done for tp, done in self._retained.items() if tp in assigned}

    async def _open(self, kept: Mapping[TP, int]) -> None:
        try:
            tables = cast("PartitionTables", self.app.tables)
            tables.retain(kept)
            self._open_at(kept)
            self.app.flow_control.resume()
            self._fetcher.start()
            fresh = [tp for tp in self.flows if tp not in kept]
            restored = await tables.restore(client_settings(self.app), fresh)
            self._open_at(await self._starts(fresh))
            self.app.on_rebalance_end()
            logger.info(
                "generation %d: %d partitions kept, %d taken over, %d changelog records restored",
                self.generation, len(kept), len(fresh), restored,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - a partition that stays closed is a lost one
            await self.app_crash(error)

    def _open_at(self, offsets: Mapping[TP, int]) -> None:
        for tp, offset in offsets.items():
            self._client.seek(TopicPartition(*tp), offset)
            self.flows[tp].open_at(offset)
        self._fetcher.wake()

    async def _starts(self, tps: list[TP]) -> dict[TP, int]:
        """Where to begin: the committed offset, or the log's begin if nothing was ever committed."""
        keys = [TopicPartition(*tp) for tp in tps]
        begins = await self._client.beginning_offsets(keys)
        committed = await asyncio.gather(*(self._client.committed(key) for key in keys))
        starts = {}
        for tp, key, offset in zip(tps, keys, committed, strict=True):
            if offset is not None and offset < begins[key]:
                raise OffsetExpired(_expired(tp, offset, begins[key]))
            starts[tp] = begins[key] if offset is None else offset
        return starts

    async def _cancel_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
            self._opening = None

    def _close_flows(self) -> None:
        for flow in self.flows.values():
            flow.close()
        for task in self._delivering:
            task.cancel()

    # -- work

    def _deliver(self, flow: PartitionFlow) -> None:
        """Hand the flow's next batch to Faust, if none is out."""
        wanted = flow.wants_more
        records = flow.take()
        if records is None:
            return
        if flow.wants_more and not wanted:
            self._fetcher.wake()
        batch = Batch(flow, records, self.generation, headers=[])
        task = asyncio.ensure_future(self._callback(batch))
        self._delivering.add(task)
        task.add_done_callback(self._delivering.discard)

    def work(self, batch: Batch, handle: Handler) -> None:
        """Begin a batch that has come through Faust's stream, unless its assignment has ended."""
        if batch.flow.closed:
            return
        task = asyncio.create_task(self._work(batch, handle))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, batch: Batch, handle: Handler) -> None:
        try:
            await handle(batch)
        except Exception as error:  # noqa: BLE001 - failed work is never acknowledged
            await self.app_crash(error)
            return
        if batch.flow.finish(batch.next_offset):
            self._deliver(batch.flow)

    async def wait_empty(self) -> None:
        """Wait for the work under way, DRAIN_S at most, then commit what is done."""
        if self._working:
            _, late = await asyncio.wait(set(self._working), timeout=DRAIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.commit()

    # -- commit

    @Service.task
    async def _commit_loop(self) -> None:
        while not self.should_stop:
            await self.sleep(COMMIT_EVERY_S)
            await self.commit()

    async def commit(
        self, topics: TPorTopicSet | None = None, start_new_transaction: bool = True
    ) -> bool:
        """Commit how far each partition is done. False if there was nothing new, or Kafka refused.

        A refusal is no fault: it means that the partition is read again from the last commit, and
        the next round tries once more.
        """
        async with self._commit_lock:
            done = {
                tp: flow.done
                for tp, flow in self.flows.items()
                if flow.ready and flow.done > max(flow.start, self._committed.get(tp, 0))
            }
            if not done:
                return False
            try:
                await self._client.commit({TopicPartition(*tp): n for tp, n in done.items()})
            except (CommitFailedError, IllegalStateError) as error:
                logger.info("offsets not committed, the group has moved on: %r", error)
                return False
            except KafkaError as error:
                logger.warning("offsets not committed, trying again: %r", error)
                return False
            self._committed.update(done)
            return True

    # -- what else Faust asks of a consumer

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

    def ack(self, message: Message) -> bool:
        """Batches are finished by `work`; nothing else is read."""
        return False

    def track_message(self, message: Message) -> None:
        """See ack."""

    async def on_task_error(self, exc: BaseException) -> None:
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

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        """Not supported: the fetch loop reads whole batches."""
        raise NotImplementedError("records are fetched by the fetch loop")

    async def create_topic(
        self,
        topic: str,
        partitions: int,
        replication: int,
        *,
        config: Mapping[str, Any] | None = None,
        timeout: Seconds = 30.0,
        retention: Seconds | None = None,
        compacting: bool | None = None,
        deleting: bool | None = None,
        ensure_created: bool = False,
    ) -> None:
        """Not supported: topics are made by orchestrator/stream/admin.py, and checked."""
        raise NotImplementedError("topics are created before the app starts")


def _expired(tp: TP, committed: int, begin: int) -> str:
    return (
        f"{tp.topic} partition {tp.partition}: the committed offset {committed} is gone, the log now "
        f"begins at {begin}, so {begin - committed} records were deleted before they were read. "
        "Restore the topic from a copy, or move the group's offset to the log's begin with "
        "kafka-consumer-groups.sh --reset-offsets --to-earliest and accept the loss."
    )
