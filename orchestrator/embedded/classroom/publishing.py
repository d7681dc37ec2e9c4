"""Plays a classroom into Redis, so that a person can watch."""

import asyncio

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from orchestrator.clock import Clock
from orchestrator.embedded.classroom.classroom import Classroom, StreamEvent

KEPT = 1_000_000
"""How many entries a stream is trimmed to, roughly: days of watching."""


async def publish(
    redis_url: str, classroom: Classroom, rate: float, clock: Clock, limit: int | None = None
) -> int:
    """Write `rate` events a second, each with the present as its timestamp. Returns how many.

    Without end until cancelled, unless `limit` says after how many. The school days pass as fast
    as `rate` makes them; the minutes that events speak of are those of the story. Raises redis's
    ConnectionError if Redis stays away for longer than some ten seconds.
    """
    retry = Retry(ExponentialBackoff(cap=2.0, base=0.1), retries=8)
    redis = Redis.from_url(redis_url, retry=retry, retry_on_error=[RedisConnectionError])
    loop = asyncio.get_running_loop()
    due, sent = loop.time(), 0
    async with redis:
        for story in classroom.events():
            if sent == limit:
                break
            await asyncio.sleep(due - loop.time())
            await _write(redis, story, clock)
            due, sent = max(due, loop.time() - 1.0) + 1.0 / rate, sent + 1
    return sent


async def _write(redis: Redis, story: StreamEvent, clock: Clock) -> None:
    now = clock.now().isoformat(timespec="milliseconds")
    data = msgspec.json.encode(story.event | {"timestamp": now})
    await redis.xadd(story.stream, {"data": data}, maxlen=KEPT, approximate=True)
