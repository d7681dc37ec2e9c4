"""A producer's MAXLEN takes entries that a lane was given and could not pass on yet."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended, health, lane_counts, logged, redis_is
from tests.product.house import Entry, House, school
from tests.waiting import eventually

STREAM = "aivo.events.coursework"
BEFORE, GIVEN_AT_LEAST, LOST = 300, 30, 20
"""Events decided before; entries that are pending when they are trimmed, of which are lost."""


def courseworks(count: int) -> list[Entry]:
    return [each for each in school(6 * count, learners=60, seed=11) if each[0] == STREAM][:count]


async def add_at_once(house: House, entries: list[Entry]) -> None:
    """All of them before the lane reads any, so that it is given many."""
    async with Redis.from_url(house.valkey.url) as redis:
        pipeline = redis.pipeline(transaction=True)
        for stream, event in entries:
            pipeline.xadd(stream, {"data": msgspec.json.encode(event)})
        await pipeline.execute()


async def pending_ids(house: House) -> list[str]:
    async with Redis.from_url(house.valkey.url) as redis:
        group = "orchestrator-consumer-group"
        found: Any = await redis.xpending_range(STREAM, group, "-", "+", 1_000)
    return [each["message_id"].decode() for each in found]


@pytest.mark.long
@pytest.mark.fault(11)
async def test_pending_entries_that_are_trimmed_are_counted_and_named_and_the_rest_is_decided(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    *entries, last = courseworks(2 * BEFORE + 1)
    before, after = entries[:BEFORE], entries[BEFORE:]
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        await house.add(before)
        await all_ended(worker, len(before))

        await asyncio.to_thread(house.kafka.kill)
        await add_at_once(house, after)
        await eventually(lambda: is_given(house), within=60)
        await asyncio.to_thread(worker.kill)
        pending = await pending_ids(house)
        async with Redis.from_url(house.valkey.url) as redis:
            kept = len(after) - LOST + 1
            fields = {"data": msgspec.json.encode(last[1])}
            await redis.xadd(STREAM, fields, maxlen=kept, approximate=False)  # type: ignore[arg-type]
        await asyncio.to_thread(house.kafka.start)
        await asyncio.to_thread(worker.start)

        detail = await redis_is(worker, "degraded")
        named = ", ".join(pending[:LOST])
        assert detail == f"{STREAM}: gap: {LOST} pending entries were deleted: {named}"
        assert health(worker)["status"] == "degraded"
        (line,) = logged(worker, "gap in stream")
        assert line["stream"] == STREAM
        assert line["what"] in detail
        await eventually(lambda: lane_counts(worker, STREAM)["vanished"] == LOST, within=60)

        remaining = [*before, *after[LOST:], last]
        figures = await all_ended(worker, len(remaining))
        await eventually(lambda: is_settled(house), within=60)
        findings = await house.judge([str(event["id"]) for _, event in remaining])
        fault_report.tell(findings, kills=2)
        assert findings.faults() == {}
        assert figures["total_events_processed"] == len(remaining)
        assert lane_counts(worker, STREAM)["missed"] == 0


async def is_given(house: House) -> bool:
    return await house.pending([STREAM]) >= GIVEN_AT_LEAST


async def is_settled(house: House) -> bool:
    return await house.pending([STREAM]) == 0
