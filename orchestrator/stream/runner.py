"""How an agent takes batches: one task a batch, at most one batch a partition."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from faust import Stream
from faust.types import StreamT

from orchestrator.stream.batch import Batch
from orchestrator.stream.consumer import BatchConsumer

Handler = Callable[[Batch], Awaitable[None]]
"""Works on one batch. Returning means: done, its offset may be committed. Raising stops the worker,
which reads the batch again when it is started anew. It may be cancelled when the partition goes to
another worker or the app stops; what it has not finished then is done again there."""


async def each_batch(stream: StreamT[Any], handle: Handler) -> None:
    """Give every batch of the stream to `handle`; partitions side by side, each in its order."""
    assert isinstance(stream, Stream)
    consumer = stream.app.consumer
    assert isinstance(consumer, BatchConsumer), "the broker URL must begin with kafkabatch://"
    async for event in stream.noack().events():
        assert isinstance(event.message, Batch)
        consumer.work(event.message, handle)
