"""Redis dies and comes back with all that it had accepted: nothing is lost, and it is told."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from orchestrator.clock import SystemClock
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended, health, logged, redis, redis_is
from tests.product.house import Entry, House, get, post, school
from tests.product.producers import produce
from tests.waiting import eventually

EVENTS = 4_000
RATE = 500
DECIDED_BEFORE_A_KILL = (500, 1_500)
AWAY_S = 60.0


async def keep_all(house: House) -> None:
    """Have Valkey answer only when what it accepted is in its file."""
    async with Redis.from_url(house.valkey.url) as client:
        await client.config_set("appendfsync", "always")


async def start_again(house: House) -> None:
    await asyncio.to_thread(house.valkey.start)
    await keep_all(house)


def all_are_named(house: House, entries: list[Entry]) -> bool:
    """Whether /health names each stream that cannot be read."""
    status, detail = redis(house.workers[0])
    return status == "degraded" and all(stream in detail for stream, _ in entries)


@pytest.mark.fault(8)
async def test_a_redis_that_is_killed_twice_under_load_loses_nothing(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        await keep_all(house)
        worker = house.new_worker()
        worker.start()
        entries = school(EVENTS, learners=200, seed=8)
        load = asyncio.create_task(produce(house, entries, RATE))
        for decided in DECIDED_BEFORE_A_KILL:
            await eventually(
                lambda decided=decided: get(worker, "/stats")["total_events_processed"] > decided,  # type: ignore[misc]
                within=60,
            )
            await asyncio.to_thread(house.valkey.kill)
            await eventually(lambda: all_are_named(house, entries), within=60)
            assert health(worker)["status"] == "degraded"
            await start_again(house)
            await redis_is(worker, "healthy")

        assert await load > 0
        await all_ended(worker, EVENTS)
        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings, kills=2)
        assert findings.faults() == {}
        assert await house.pending(sorted({stream for stream, _ in entries})) == 0
        assert logged(worker, "lane degraded")
        assert not logged(worker, "gap in stream")
        assert health(worker)["status"] == "healthy"


@pytest.mark.long
@pytest.mark.fault(8)
async def test_60_seconds_without_redis_are_degraded_and_triggers_are_decided_meanwhile(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        await keep_all(house)
        worker = house.new_worker()
        worker.start()
        entries = school(EVENTS, learners=200, seed=80)
        load = asyncio.create_task(produce(house, entries, RATE))
        before = DECIDED_BEFORE_A_KILL[0]
        await eventually(lambda: get(worker, "/stats")["total_events_processed"] > before, 60)
        await asyncio.to_thread(house.valkey.kill)
        await redis_is(worker, "degraded")

        triggered = await triggers_while_it_is_away(house)
        await start_again(house)
        await redis_is(worker, "healthy")
        await load
        await all_ended(worker, EVENTS + len(triggered))
        findings = await house.judge([str(event["id"]) for _, event in entries] + triggered)
        fault_report.tell(findings, kills=1)
        assert findings.faults() == {}
        assert await house.pending(sorted({stream for stream, _ in entries})) == 0
        recovered = logged(worker, "lane recovered")
        assert any(line["after_seconds"] >= AWAY_S for line in recovered)


async def triggers_while_it_is_away(house: House) -> list[str]:
    """A trigger every few seconds, each decided, and /health degraded all along; the ids."""
    (worker,) = house.workers
    back_at, ids = asyncio.get_running_loop().time() + AWAY_S, []
    for number in range(int(AWAY_S // 5)):
        event = {
            "id": f"by-hand-{number}",
            "type": "SEL_ALERT",
            "tenant_id": "tenant-9",
            "learner_id": "learner-9",
            "timestamp": SystemClock().now().isoformat(),
            "data": {"alert_type": "anxiety", "severity": "high"},
        }
        answer = await asyncio.to_thread(post, worker, "/internal/trigger", event)
        assert answer["decision"]["outcome"] == "decided"
        assert (await asyncio.to_thread(redis, worker))[0] == "degraded"
        assert health(worker)["status"] == "degraded"
        ids.append(event["id"])
        await asyncio.sleep(5.0)
    await asyncio.sleep(max(0.0, back_at - asyncio.get_running_loop().time()))
    return [str(each) for each in ids]
