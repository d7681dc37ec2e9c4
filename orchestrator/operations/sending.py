"""Writing to Kafka from a command: as durable as a worker's writing."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from orchestrator.errors import StreamError
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.records import Record, Sender
from orchestrator.topics import MAX_MESSAGE_BYTES

BATCH_BYTES = 512 * 1024


@asynccontextmanager
async def sender(client_settings: Mapping[str, Any]) -> AsyncIterator[Sender]:
    """The Sender port over a producer of its own: idempotent, acks=all. Raises KafkaError."""
    producer = AIOKafkaProducer(
        **client_settings,
        acks="all",
        enable_idempotence=True,
        max_batch_size=BATCH_BYTES,
        max_request_size=MAX_MESSAGE_BYTES,
    )
    try:
        await producer.start()
        yield CommandSender(producer)
    finally:
        await producer.stop()


class CommandSender:
    """The Sender port (orchestrator/stream/records.py) over a started AIOKafkaProducer."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        """Return when all in-sync replicas have every record. Raises StreamError."""
        try:
            count = len(await self._producer.partitions_for(topic))
            groups: dict[int, list[Record]] = defaultdict(list)
            for record in records:
                number = partition_of(record.key or b"", count) if partition is None else partition
                groups[number].append(record)
            futures = []
            for number, group in groups.items():
                futures += await enqueue(self._producer, topic, number, group)
            await acknowledged(futures)
        except KafkaError as error:
            raise StreamError(f"Kafka did not take records for {topic}: {error!r}") from error
