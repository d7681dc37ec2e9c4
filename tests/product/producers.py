"""A producer as it should be: in order, and again until Redis has accepted it."""

import asyncio
import time
from collections.abc import Sequence
from itertools import islice

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tests.product.house import Entry, House

CHUNK = 20
AGAIN_AFTER_S = 0.05


async def produce(house: House, entries: Sequence[Entry], rate: float) -> int:
    """XADD so many events a second; how often Redis did not accept a chunk and it was tried again.

    A chunk that was accepted without an answer is written twice, as by any producer.
    """
    rest, began, sent, repeats = iter(entries), time.monotonic(), 0, 0
    client = Redis.from_url(house.valkey.url, retry=Retry(NoBackoff(), 0), socket_timeout=5.0)
    async with client as redis:
        while chunk := list(islice(rest, CHUNK)):
            repeats += await _accepted(redis, chunk)
            sent += len(chunk)
            await asyncio.sleep(max(0.0, began + sent / rate - time.monotonic()))
    return repeats


async def _accepted(redis: Redis, chunk: Sequence[Entry]) -> int:
    """Write the chunk, whole or not at all; the times that it was refused."""
    refused = 0
    while True:
        try:
            pipeline = redis.pipeline(transaction=True)
            for stream, event in chunk:
                pipeline.xadd(stream, {"data": msgspec.json.encode(event)})
            await pipeline.execute()
        except (RedisError, OSError):
            refused += 1
            await asyncio.sleep(AGAIN_AFTER_S)
        else:
            return refused
