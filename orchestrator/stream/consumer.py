"""Faust's consumer, of whole batches: assignments, flows, work under way, commits.

One event loop does everything: Faust's own driver keeps the Kafka client in a thread, and most of
what could be lost in a rebalance was lost in the hand-over between the two loops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Protocol, cast
from weakref import WeakSet

import structlog
from aiokafka import TopicPartition
from faust.types import TP, AppT, Message
from faust.types.transports import (
    ConsumerCallback,
    PartitionsAssignedCallback,
    PartitionsRevokedCallback,
    TPorTopicSet,
    TransportT,
)
from mode import Service

from orchestrator.errors import OwnershipLost, StreamError
from orchestrator.stream.assignor import CopartitionAssignor
from orchestrator.stream.batch import Batch, Handler
from orchestrator.stream.claims import Claims
from orchestrator.stream.client import (
    RebalanceListener,
    check_membership,
    client_settings,
    generation_of,
    group_client,
    on_heartbeat,
    rejoin,
    take_own,
)
from orchestrator.stream.commits import CommitLedger
from orchestrator.stream.fetcher import FetchLoop
from orchestrator.stream.flow import ONE_BY_ONE, Limits, Pace, PartitionFlow
from orchestrator.stream.lease import Lease
from orchestrator.stream.observer import StreamObserver
from orchestrator.stream.own_writes import OwnWrites, Written
from orchestrator.stream.starts import spans
from orchestrator.stream.surface import ConsumerSurface
from orchestrator.stream.tables import PartitionTables
from orchestrator.stream.workbench import Workbench
from orchestrator.stream.writing import PartitionWriter

logger = logging.getLogger(__name__)
log = structlog.stdlib.get_logger(__name__)

COMMIT_EVERY_S = 0.25
CHECK_EVERY_S = 1.0


class StreamHost(Protocol):
    """What the consumer asks of the app it is in (StreamApp) beyond what Faust's has."""

    address: str
    claims: Claims
    paces: Mapping[str, Pace]
    lease: Lease
    own_writes: OwnWrites
    observer: StreamObserver
    writer: PartitionWriter


class BatchConsumer(ConsumerSurface):
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
        self._host = cast("StreamHost", transport.app)
        self.in_transaction = False
        self.commit_interval = COMMIT_EVERY_S
        self.randomly_assigned_topics: set[str] = set()
        self.flows: dict[TP, PartitionFlow] = {}
        self.generation = -1
        self._revoke_app = on_partitions_revoked
        self._assign_app = on_partitions_assigned
        self._retained: dict[TP, int] = {}
        self._bench = Workbench(callback, self.app_crash)
        self._opening: asyncio.Task[None] | None = None
        self._limits = Limits()
        self._assignor = CopartitionAssignor(self._host.address)
        self._unacked_messages: WeakSet[Message] = WeakSet()  # Faust's stream iterator adds to it
        super().__init__(**kwargs)

    # -- life

    async def on_start(self) -> None:
        """Connect; the group is joined once Faust subscribes."""
        self._client = group_client(self.app, self._assignor)
        self._commits = CommitLedger(self._client, self._host.observer)
        self._fetcher = FetchLoop(
            self._client,
            self._open_flows,
            self._deliver,
            self.app_crash,
            partial(take_own, self._client),
        )
        self._host.writer.attach(self)
        await self._client.start()
        on_heartbeat(self._client, self._host.lease.renew)
        self._host.own_writes.read_by(self._take_own)

    async def on_stop(self) -> None:
        """Finish what is under way, commit, leave the group."""
        if not self.started:  # the app failed before
            return
        self._host.own_writes.read_by(None)
        await self._cancel_opening()
        await self._fetcher.park()
        await self._host.claims.release()
        await self.wait_empty()
        self._close_flows()
        await self._host.writer.stop()
        await self._client.stop()

    def _open_flows(self) -> Iterable[PartitionFlow]:
        return self.flows.values()

    async def app_crash(self, reason: BaseException) -> None:
        """Stop the whole worker: it cannot keep its promises."""
        await self.app.crash(reason)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group for these topics, and for those of which partitions are only claimed."""
        names = sorted({*topics, *self._host.claims.unread()})
        self._client.subscribe(topics=names, listener=self._listener())

    @Service.task
    async def _check_loop(self) -> None:
        """Nobody asks for records while a rebalance lasts, or while all partitions are full."""
        while not self.should_stop:
            await self.sleep(CHECK_EVERY_S)
            try:
                check_membership(self._client, self.app.conf.id)
            except StreamError as error:
                await self.app_crash(error)

    def _listener(self) -> RebalanceListener:
        return RebalanceListener(self.revoke, self.assign, self.app_crash)

    # -- rebalance

    async def revoke(self, revoked: set[TP]) -> None:
        """Kafka takes all partitions, for the time being.

        When it returns, nothing is fetched, nothing is being worked on, and all that is done is
        committed: whoever owns the partitions next may begin.
        """
        if revoked:
            log.info("partitions revoked", generation=self.generation, count=len(revoked))
        self.app.on_rebalance_start()
        await self._cancel_opening()
        await self._fetcher.park()
        try:
            await self._finish(revoked)  # the work may rest on what is claimed
        finally:
            await self._host.claims.release()

    async def _finish(self, revoked: set[TP]) -> None:
        """End the work under way; Faust does nothing of it once the app has been told to stop."""
        await self._revoke_app(revoked)
        await self.wait_empty()
        self._retained = {tp: flow.done for tp, flow in self.flows.items() if flow.ready}
        self._close_flows()

    async def assign(self, assigned: set[TP]) -> None:
        """Kafka gives partitions. Returns at once; they open as soon as their state is restored.

        A rebalance that was under way when the app was told to stop ends here, with nothing opened.
        """
        if self.app.should_stop:
            return
        generation = generation_of(self._client)
        self.app.consumer_generation_id = generation
        self._assignor.remember(generation)
        self._host.lease.renew()
        await self._assign_app(assigned)
        self.app.on_rebalance_return()
        kept = self._still_mine(assigned, generation)
        self.generation = generation
        self._host.observer.on_assigned()
        unread = {tp for tp in assigned if tp.topic in self._host.claims.unread()}
        self.flows = {tp: self._flow(tp) for tp in assigned - unread}
        self._opening = asyncio.create_task(self._open(kept, unread), name="open partitions")

    def _flow(self, tp: TP) -> PartitionFlow:
        return PartitionFlow(tp, self._limits, self._host.paces.get(tp.topic, ONE_BY_ONE))

    def _still_mine(self, assigned: set[TP], generation: int) -> dict[TP, int]:
        """Partitions that nobody else can have owned in between, with where to go on.

        Only if this member took part in the generation before: had it been thrown out, another
        member may have owned them, and decided further.
        """
        if generation != self.generation + 1:
            return {}
        writer = self._host.writer
        return {
            tp: done
            for tp, done in self._retained.items()
            if tp in assigned and writer.intact(tp.partition)
        }

    async def _open(self, kept: Mapping[TP, int], unread: set[TP]) -> None:
        try:
            tables = cast("PartitionTables", self.app.tables)
            tables.retain(kept)
            await self._host.claims.acquire(kept)
            self._open_at(kept)
            self.app.flow_control.resume()
            self._fetcher.start()
            fresh = [tp for tp in self.flows if tp not in kept]
            began = asyncio.get_running_loop().time()
            await self._host.writer.own(_numbers(self.flows), _numbers(fresh))
            restored = await tables.restore(client_settings(self.app), fresh)
            seconds = asyncio.get_running_loop().time() - began
            self._host.observer.on_restored(seconds, restored)
            starts = await self._starts(fresh, tables)
            self._commits.note(starts)
            await self._host.claims.acquire(fresh)
            self._open_at(starts)
            await self._host.claims.acquire(unread)
            self.app.on_rebalance_end()
            log.info(
                "partitions assigned",
                generation=self.generation,
                workers=self.members,
                partitions=sorted(_numbers(self.flows)),
                kept=len(kept),
                taken_over=len(fresh),
                restored_records=restored,
                restore_seconds=round(seconds, 3),
            )
        except OwnershipLost as error:
            logger.warning("lost before it was open, joining the group anew: %s", error)
            rejoin(self._client)
        except Exception as error:  # noqa: BLE001 - a partition that stays closed is a lost one
            await self.app_crash(error)

    def _open_at(self, offsets: Mapping[TP, int]) -> None:
        for tp, offset in offsets.items():
            self._client.seek(TopicPartition(*tp), offset)
            self.flows[tp].open_at(offset)
        self._fetcher.wake()

    async def _starts(self, tps: list[TP], tables: PartitionTables) -> dict[TP, int]:
        """Where to begin, if the log and the restored state agree with the group's offset."""
        found = await spans(self._client, tps)
        tables.verify(found)
        return {tp: span.start for tp, span in found.items()}

    async def _cancel_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
            self._opening = None

    def _close_flows(self) -> None:
        for flow in self.flows.values():
            flow.close()
        self._bench.take_back()

    def _take_own(self, written: Written) -> None:
        flow = self.flows.get(TP(written.topic, written.partition))
        if flow is not None:
            self._fetcher.take_own(flow, written)

    def committed(self, tp: TP, next_offset: int) -> None:
        """The writer: the offset came with the records."""
        self._commits.note({tp: next_offset})

    def lost(self, partition: int, reason: BaseException) -> None:
        """The writer: take the partitions of this number over anew, if the group gives them."""
        logger.warning("partition %d was lost, joining the group anew: %r", partition, reason)
        rejoin(self._client)

    @property
    def opening(self) -> int:
        """Partitions of the present assignment whose state is still being restored."""
        return sum(not flow.ready for flow in self.flows.values())

    @property
    def is_open(self) -> bool:
        """Whether all partitions of the present assignment are open; not during a rebalance."""
        return self._opening is not None and self._opening.done() and not self.opening

    @property
    def members(self) -> int:
        """How many workers share the group's partitions, as of the last assignment."""
        return self._assignor.members

    def address_of(self, tp: TP) -> str | None:
        """What the partition's owner gave as its address, as of the last assignment."""
        count = self.topic_partitions(tp.topic)
        return self._assignor.owners.get((count, tp.partition)) if count else None

    def holds(self, tp: TP) -> bool:
        """Whether the partition is this member's now, with its state restored."""
        flow = self.flows.get(tp)
        return flow is not None and flow.ready and not flow.closed

    # -- work

    def _deliver(self, flow: PartitionFlow) -> None:
        """Hand the flow's next batch to Faust, if none is out; ask for more if that made room."""
        wanted = flow.wants_more
        if self._bench.deliver(flow, self.generation) and flow.wants_more and not wanted:
            self._fetcher.wake()

    def work(self, batch: Batch, handle: Handler) -> None:
        """Begin a batch that has come through Faust's stream, unless its assignment has ended."""
        self._host.observer.on_begun(batch.topic, [record.timestamp for record in batch.records])
        self._bench.work(batch, handle, self._offer)

    def _offer(self, flow: PartitionFlow) -> None:
        if flow.pending:
            self._fetcher.offer(flow)

    async def settled(self, tp: TP, within_s: float) -> bool:
        """Wait for the work under way on a partition, not for what comes next; False: in vain."""
        return await self._bench.settled(tp, within_s)

    async def wait_empty(self) -> None:
        """Wait for the work under way, not for long (workbench.py), then commit what is done."""
        await self._bench.drain()
        await self._commits.commit(list(self.flows.values()), last=True)

    # -- commit

    @Service.task
    async def _commit_loop(self) -> None:
        while not self.should_stop:
            await self.sleep(COMMIT_EVERY_S)
            await self.commit()

    async def commit(
        self,
        topics: TPorTopicSet | None = None,  # noqa: ARG002 - Faust's signature
        start_new_transaction: bool = True,  # noqa: ARG002
    ) -> bool:
        """Commit how far each partition is done (commits.py)."""
        return await self._commits.commit(self.flows.values())


def _numbers(tps: Iterable[TP]) -> set[int]:
    return {tp.partition for tp in tps}
