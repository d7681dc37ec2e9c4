"""The bridge dies when Kafka has a batch and Redis does not know of it yet."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from orchestrator.guarantee import Guarantee
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended, redis_is
from tests.product.house import House, school
from tests.waiting import eventually

COUNT = 2_000
BEFORE = 500


async def let_acknowledge(house: House, *, allowed: bool) -> None:
    """Allow XACK to everybody, or to nobody: the time between Kafka and XACK lasts and lasts."""
    async with Redis.from_url(house.valkey.url) as redis:
        await redis.acl_setuser("default", enabled=True, commands=["+xack" if allowed else "-xack"])


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    "guarantee",
    [Guarantee.AT_LEAST_ONCE, pytest.param(Guarantee.EXACTLY_ONCE, marks=pytest.mark.long)],
)
async def test_what_kafka_has_and_redis_was_not_told_of_is_read_again_and_decided_once(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee
) -> None:
    entries = school(COUNT, learners=150, seed=10)
    streams = sorted({stream for stream, _ in entries})
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        first, second = house.new_worker(), house.new_worker()
        await asyncio.gather(*(asyncio.to_thread(each.start) for each in (first, second)))
        await house.add(entries[:BEFORE])
        await all_ended(first, BEFORE)
        await eventually(lambda: is_settled(house, streams), within=60)

        await let_acknowledge(house, allowed=False)
        await house.add(entries[BEFORE:])
        # Only XACK is refused, and that comes when Kafka has the batch.
        for worker in (first, second):
            assert "'xack'" in await redis_is(worker, "degraded")
        await eventually(lambda: all_are_pending(house, streams), within=60)
        await asyncio.to_thread(first.kill)
        pending = await house.pending(streams)
        assert pending > 0
        await let_acknowledge(house, allowed=True)

        figures = await all_ended(second, COUNT)
        await eventually(lambda: is_settled(house, streams), within=60)
        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings, kills=1)
        assert findings.faults() == {}
        assert guarantee is Guarantee.AT_LEAST_ONCE or findings.repeated_actions == 0
        assert figures["total_events_processed"] + figures["late"] == COUNT
        assert figures["duplicates"] > 0


async def is_settled(house: House, streams: list[str]) -> bool:
    return await house.pending(streams) == 0


async def all_are_pending(house: House, streams: list[str]) -> bool:
    return all([await house.pending([stream]) > 0 for stream in streams])
