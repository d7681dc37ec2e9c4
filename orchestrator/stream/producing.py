"""Records into whole batches of Kafka's, and their acknowledgements."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer

from orchestrator.stream.records import Record


async def enqueue(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Iterable[Record]
) -> list[asyncio.Future[Any]]:
    """Append records, in order, to as few Kafka batches as hold them."""
    futures = []
    batch = producer.create_batch()
    for record in records:
        fields = {"key": record.key, "value": record.value, "timestamp": None}
        if batch.append(**fields, headers=list(record.headers)) is None:
            batch.close()
            futures.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(**fields, headers=list(record.headers))
    if batch.record_count():
        batch.close()
        futures.append(await producer.send_batch(batch, topic, partition=partition))
    return futures


async def acknowledged(futures: Iterable[asyncio.Future[Any]]) -> None:
    """Wait for every acknowledgement; the first failure is raised after all have ended.

    Waiting for all of them leaves no write under way when the caller decides what to do next.
    """
    results = await asyncio.gather(*futures, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
