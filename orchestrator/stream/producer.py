"""Writing to Kafka: acks=all and idempotent, whole batches at a time, every write awaited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol, cast

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver

from orchestrator.errors import StreamError
from orchestrator.stream.client import security_of
from orchestrator.stream.epochs import EpochProducer
from orchestrator.stream.outbox import Outbox
from orchestrator.stream.own_writes import OwnWrites
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.records import Record

REQUEST_TIMEOUT_S = 120.0
"""How long a record may wait for its acknowledgement before the worker gives up and stops."""


TRANSACTION_TIMEOUT_S = 30.0
"""How long a transaction may stay open: readers wait behind it when its owner has died and nobody
takes over. It must outlast a restart of a broker, or the partition is taken over anew after one."""


class Host(Protocol):
    """The app of a producer (StreamApp), as far as it is told of what was written."""

    own_writes: OwnWrites


class TransactionalProducer(AIOKafkaProducer):
    """A producer for transactions; starting it ends all others of its transactional id."""

    def give_up(self) -> None:
        """Nobody will ask how the transaction under way ended: no word of it in the log."""
        ended = self._txn_manager.wait_for_transaction_end()
        if ended is not None and ended.done() and not ended.cancelled():
            ended.exception()


class BatchProducer(driver.Producer):
    """Faust's producer, with the settings that a promise needs, and with batches."""

    def _new_producer(self, transactional_id: str | None = None) -> AIOKafkaProducer:
        """Faust's own transactions are not used: `transactional_id` is never given."""
        assert transactional_id is None
        return AIOKafkaProducer(**self._settings())

    def epochs(self, application: str, topics: Sequence[str]) -> EpochProducer:
        """A producer for the owner of partitions, not started; see there."""
        return EpochProducer(
            application, topics, on_written=self._own_writes.tell, **self._settings()
        )

    def transactional(self, name: str) -> TransactionalProducer:
        """A producer for transactions, not started."""
        return TransactionalProducer(**self._settings(), transactional_id=name)

    def _settings(self) -> dict[str, Any]:
        return {**self._settings_default(), **self._settings_auth(), **self._settings_extra()}

    def _settings_auth(self) -> Mapping[str, Any]:
        return security_of(self.app)

    def _settings_extra(self) -> Mapping[str, Any]:
        return {
            "acks": "all",
            "enable_idempotence": True,
            "request_timeout_ms": int(REQUEST_TIMEOUT_S * 1000),
            "transaction_timeout_ms": int(TRANSACTION_TIMEOUT_S * 1000),
        }

    @cached_property
    def outbox(self) -> Outbox:
        """Where records for any partition go in."""
        return Outbox(self._write)

    async def _write(self, topic: str, partition: int, records: list[Record]) -> None:
        producer, told = self._ensure_producer(), self._own_writes.tell
        await acknowledged(await enqueue(producer, topic, partition, records, told))

    @property
    def _own_writes(self) -> OwnWrites:
        return cast("Host", self.app).own_writes

    async def partition_count(self, topic: str) -> int:
        """How many partitions the topic has."""
        return len(await self._ensure_producer().partitions_for(topic))


async def send_to(
    client_settings: Mapping[str, Any], topic: str, records: Mapping[int, Record]
) -> dict[int, int]:
    """Write a record to each of some partitions, by a producer of its own; offsets by partition.

    For commands, which have no running app. Raises StreamError.
    """
    producer = AIOKafkaProducer(**client_settings, acks="all", enable_idempotence=True)
    try:
        await producer.start()
        sent = {
            partition: await producer.send_and_wait(
                topic,
                key=record.key,
                value=record.value,
                partition=partition,
                headers=list(record.headers),
            )
            for partition, record in records.items()
        }
    except KafkaError as error:
        raise StreamError(f"Kafka did not take records for {topic}: {error!r}") from error
    finally:
        await producer.stop()
    return {partition: metadata.offset for partition, metadata in sent.items()}


class KafkaSender:
    """The Sender port (orchestrator/stream/records.py) over a running BatchProducer."""

    def __init__(self, producer: BatchProducer) -> None:
        self._producer = producer

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        """Return when all in-sync replicas have every record. Raises StreamError."""
        try:
            by_partition = await self._by_partition(topic, records, partition)
            put = self._producer.outbox.put
            await acknowledged([put(topic, n, group) for n, group in by_partition.items()])
        except KafkaError as error:
            raise StreamError(f"Kafka did not take records for {topic}: {error!r}") from error

    async def _by_partition(
        self, topic: str, records: Iterable[Record], partition: int | None
    ) -> Mapping[int, list[Record]]:
        if partition is not None:
            return {partition: list(records)}
        count = await self._producer.partition_count(topic)
        groups: dict[int, list[Record]] = defaultdict(list)
        for record in records:
            groups[partition_of(record.key or b"", count)].append(record)
        return groups
