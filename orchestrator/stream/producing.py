"""Records into whole batches of Kafka's, and their acknowledgements."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaProducer

from orchestrator.stream.own_writes import OnWritten, Written
from orchestrator.stream.records import Record


async def enqueue(
    producer: AIOKafkaProducer,
    topic: str,
    number: int,
    records: Iterable[Record],
    on_written: OnWritten | None = None,
) -> list[asyncio.Future[Any]]:
    """Append records, in order, to as few Kafka batches of the partition as hold them.

    `on_written` is told of each batch that Kafka has acknowledged, before its future is seen done.
    """
    futures = []
    for batch, held, stamped in _batches(producer, list(records)):
        future = await producer.send_batch(batch, topic, partition=number)
        if on_written is not None:
            written = Written(topic, number, -1, stamped, 0, held)
            future.add_done_callback(partial(_tell, on_written, written))
        futures.append(future)
    return futures


def _batches(
    producer: AIOKafkaProducer, records: list[Record]
) -> Iterable[tuple[Any, list[Record], int]]:
    """Batches that are full or the last, the records in each, and the time that these bear."""
    first = 0
    while first < len(records):
        batch, end = producer.create_batch(), first + 1
        stamped = _append(batch, records[first], None).timestamp  # fits, however large it is
        while end < len(records) and _append(batch, records[end], stamped) is not None:
            end += 1
        batch.close()
        yield batch, records[first:end], stamped
        first = end


def _append(batch: Any, record: Record, timestamp: int | None) -> Any:
    """What the client knows of the record now; None: the batch is full."""
    return batch.append(
        key=record.key, value=record.value, timestamp=timestamp, headers=list(record.headers)
    )


def _tell(on_written: OnWritten, written: Written, ack: asyncio.Future[Any]) -> None:
    if ack.cancelled() or ack.exception() is not None:
        return
    said = ack.result()
    if said.offset < 0:  # Kafka had it already, and does not say where
        return
    timestamp = said.timestamp if said.timestamp_type else written.timestamp
    kind = said.timestamp_type
    on_written(written._replace(first=said.offset, timestamp=timestamp, timestamp_type=kind))


async def acknowledged(futures: Iterable[asyncio.Future[Any]]) -> None:
    """Wait for every acknowledgement; the first failure is raised after all have ended.

    Waiting for all of them leaves no write under way when the caller decides what to do next.
    """
    results = await asyncio.gather(*futures, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
