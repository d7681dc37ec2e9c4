"""A Faust app on our transport, with the settings that its promises need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import faust
from faust.types import TP, TopicT

from orchestrator.guarantee import Guarantee
from orchestrator.stream.awaited import AwaitedWriter
from orchestrator.stream.batch import BatchSchema
from orchestrator.stream.claims import Claim, Claims
from orchestrator.stream.consumer import BatchConsumer
from orchestrator.stream.epochs import EpochProducer
from orchestrator.stream.flow import ONE_BY_ONE, Pace
from orchestrator.stream.lag import Lag, Progress
from orchestrator.stream.lease import Lease
from orchestrator.stream.observer import Silent, StreamObserver
from orchestrator.stream.own_writes import OwnWrites
from orchestrator.stream.producer import BatchProducer, KafkaSender
from orchestrator.stream.tables import PartitionTable, PartitionTables, Verify
from orchestrator.stream.transactions import TransactionalWriter
from orchestrator.stream.writing import PartitionWriter

MAX_BATCH_BYTES = 1_900_000
"""Largest produced batch: below the topics' 2 MiB, so that a batch's state is one atomic append."""

HEARTBEATS_PER_SESSION = 5

LET_GO_WITHIN_S = 30.0
"""How long the group waits for a member that is alive to let its partitions go: longer than lanes
(5 s) and work under way (4 s) take to end. Thrown out before, it would share them with their next
owner. Who is dead is missed after the session timeout all the same."""


class StreamApp(faust.App):
    """Faust with batches. Agents get them by each_batch, tables are PartitionTables."""

    def __init__(
        self,
        name: str,
        *,
        bootstrap_servers: Sequence[str],
        security: Mapping[str, Any] | None = None,
        session_timeout_s: float = 10.0,
        group_instance_id: str | None = None,
        address: str = "",
        guarantee: Guarantee = Guarantee.AT_LEAST_ONCE,
        observer: StreamObserver | None = None,
        **options: Any,
    ) -> None:
        """`security`: how the Kafka client's connections are secured, in its own words.

        `session_timeout_s`: how long a silent worker keeps its partitions.

        `address` is whatever the other workers shall know of this one (see address_of).
        """
        super().__init__(
            name,
            env={},  # Faust lets BROKER_URL and the like of the environment win over arguments
            broker=[f"kafkabatch://{server}" for server in bootstrap_servers],
            store="memory://",
            TableManager=PartitionTables,
            topic_disable_leader=True,
            broker_session_timeout=session_timeout_s,
            broker_rebalance_timeout=max(session_timeout_s, LET_GO_WITHIN_S),
            broker_heartbeat_interval=session_timeout_s / HEARTBEATS_PER_SESSION,
            consumer_group_instance_id=group_instance_id,
            producer_max_batch_size=MAX_BATCH_BYTES,
            producer_max_request_size=2 * MAX_BATCH_BYTES,
            **options,
        )
        self.security = dict(security or {})
        self.address = address
        self.guarantee = guarantee
        self.claims = Claims()
        self.paces: dict[str, Pace] = {}
        self.lease = Lease(session_timeout_s)
        self.observer = observer or Silent()
        self.own_writes = OwnWrites()

    def _create_directories(self) -> None:
        """Faust would make a folder in the working directory; nothing of ours is kept on disk."""

    def source(self, name: str, pace: Pace = ONE_BY_ONE) -> TopicT:
        """A topic to read in batches."""
        self.paces[name] = pace
        return self.topic(name, schema=BatchSchema())

    def partition_table(
        self, name: str, *, changelog: str, source: str, verify: Verify | None = None
    ) -> PartitionTable:
        """A table whose partitions belong to the owner of `source`'s partitions."""
        table = PartitionTable(self, name=name, changelog=changelog, source=source, verify=verify)
        self.tables.add(table)
        return table

    def claim(self, topic: str, claim: Claim, *, read: bool = False) -> None:
        """Follow the ownership of the partitions of `topic`; `read`: an agent reads them too."""
        self.claims.add(topic, claim, read=read)

    @cached_property
    def writer(self) -> PartitionWriter:
        """What agents write by, for the partitions that this worker owns."""
        if self.guarantee is Guarantee.EXACTLY_ONCE:
            return TransactionalWriter(
                lambda name: self.batch_producer.transactional(name),  # noqa: PLW0108 - not yet there
                self.conf.id,
                self.own_writes.tell,
            )
        return AwaitedWriter(self._owners_producer)

    def _owners_producer(self) -> EpochProducer:
        """Kafka refuses former owners at the changelogs: elsewhere they say what the next says."""
        tables = cast("PartitionTables", self.tables)
        return self.batch_producer.epochs(self.conf.id, tables.changelogs())

    @property
    def batch_producer(self) -> BatchProducer:
        """The producer; to be used once the app has started."""
        producer = self.producer
        assert isinstance(producer, BatchProducer)
        return producer

    def lags(self) -> list[Lag]:
        """Of each partition that is read here."""
        consumer = self._member
        return [
            Lag(*tp, max(0, consumer.highwater(tp) - flow.done), flow.oldest_ms)
            for tp, flow in consumer.flows.items()
            if flow.ready and not flow.closed
        ]

    def progress(self) -> list[Progress]:
        """Of each partition that is read here."""
        consumer = self._member
        return [
            Progress(
                *tp,
                flow.done,
                not flow.is_idle or flow.pending > 0 or consumer.highwater(tp) > flow.done,
            )
            for tp, flow in consumer.flows.items()
            if flow.ready and not flow.closed
        ]

    def address_of(self, topic: str, partition: int) -> str | None:
        """The `address` of the worker that owns a partition; None if it is not known.

        It is that of the last assignment: whoever is found there must check with `holds`.
        """
        return self._member.address_of(TP(topic, partition))

    def holds(self, topic: str, partition: int) -> bool:
        """Whether a partition is this worker's now, with its tables restored and up to date."""
        if self.crash_reason is not None:
            return False  # a batch may have been written by half
        return self.is_current() and self._member.holds(TP(topic, partition))

    @property
    def restore_remaining(self) -> int:
        """Changelog offsets that are still to be read back; 0 while nothing is restored."""
        return cast("PartitionTables", self.tables).remaining

    def is_open(self) -> bool:
        """Whether this worker's share of the partitions is open; not during a rebalance."""
        return self._member.is_open

    def is_current(self) -> bool:
        """Whether no other worker can have been given this one's partitions yet (lease.py)."""
        return self.lease.holds

    async def settled(self, topic: str, partition: int, within_s: float) -> bool:
        """Wait until the batch that is being worked on here is in the tables; False: in vain."""
        return await self._member.settled(TP(topic, partition), within_s)

    @property
    def _member(self) -> BatchConsumer:
        consumer = self.consumer
        assert isinstance(consumer, BatchConsumer)
        return consumer

    @property
    def sender(self) -> KafkaSender:
        """The port by which other rooms write."""
        return KafkaSender(self.batch_producer)
