"""The classroom plays into Redis in the present, and goes on after Redis was away."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis

from orchestrator.clock import FixedClock
from orchestrator.embedded.classroom import Classroom, publish
from orchestrator.embedded.classroom.classroom import ROUTES
from orchestrator.embedded.valkey import EmbeddedValkey
from tests.waiting import eventually

LONG_AGO = datetime(2020, 1, 6, 8, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STREAMS = {stream for stream, _ in ROUTES.values()}


async def written(url: str) -> list[dict[str, Any]]:
    async with Redis.from_url(url) as redis:
        entries: list[Any] = [await redis.xrange(stream) for stream in STREAMS]
    return [json.loads(fields[b"data"]) for found in entries for _, fields in found]


async def at_least(count: int, url: str) -> bool:
    return len(await written(url)) >= count


async def test_events_carry_the_present_and_keep_their_story(own_valkey: EmbeddedValkey) -> None:
    room = Classroom(5, 1, LONG_AGO)
    assert await publish(own_valkey.url, room, 10_000, FixedClock(NOW), limit=40) == 40
    found = await written(own_valkey.url)
    story = {
        told.event["id"]: told.event for told, _ in zip(room.events(), range(40), strict=False)
    }
    assert {event["id"]: event["data"] for event in found} == {
        event_id: event["data"] for event_id, event in story.items()
    }
    assert {event["timestamp"] for event in found} == {"2026-03-02T12:00:00.000+00:00"}


async def test_nothing_is_missing_after_redis_was_killed(own_valkey: EmbeddedValkey) -> None:
    room = Classroom(5, 1, LONG_AGO)
    playing = asyncio.create_task(publish(own_valkey.url, room, 400, FixedClock(NOW), limit=300))
    await eventually(lambda: at_least(50, own_valkey.url))
    await asyncio.to_thread(own_valkey.kill)
    await asyncio.to_thread(own_valkey.restart)
    assert await playing == 300
    assert len({event["id"] for event in await written(own_valkey.url)}) == 300
