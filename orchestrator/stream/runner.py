"""How an agent takes batches: one task a batch, at most one batch a partition."""

from __future__ import annotations

from typing import Any

from faust import Stream
from faust.types import StreamT

from orchestrator.stream.batch import Batch, Handler
from orchestrator.stream.consumer import BatchConsumer


async def each_batch(stream: StreamT[Any], handle: Handler) -> None:
    """Give every batch of the stream to `handle`; partitions side by side, each in its order."""
    assert isinstance(stream, Stream)
    consumer = stream.app.consumer
    assert isinstance(consumer, BatchConsumer), "the broker URL must begin with kafkabatch://"
    async for event in stream.noack().events():
        assert isinstance(event.message, Batch)
        consumer.work(event.message, handle)
