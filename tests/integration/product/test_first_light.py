"""What a newcomer does first, on real parts: the trigger, and entries in Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.clock import SystemClock
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import Entry, House, get, post
from tests.waiting import eventually

BASELINE = {
    "type": "BASELINE_COMPLETE",
    "tenant_id": "tenant-456",
    "learner_id": "learner-123",
    "data": {
        "overall_score": 0.75,
        "strengths": ["reading", "math_basics"],
        "challenges": ["writing", "complex_math"],
    },
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House(tmp_path) as house:
        yield house


@pytest.fixture
def worker(house: House) -> WorkerProcess:
    worker = house.new_worker()
    worker.start()
    return worker


def event(kind: str, number: int, data: dict[str, Any], learner: str = "learner-7") -> Entry:
    stream = "coursework" if kind == "COURSEWORK_ANALYZED" else "assessment"
    return f"aivo.events.{stream}", {
        "id": f"{kind}-{number}",
        "type": kind,
        "tenant_id": "tenant-1",
        "learner_id": learner,
        "timestamp": SystemClock().now().isoformat(),
        "data": data,
    }


async def test_the_trigger_answers_with_the_decision_and_both_calls_arrive_with_their_keys(
    house: House, worker: WorkerProcess
) -> None:
    answer = post(worker, "/internal/trigger", BASELINE)

    level, path = answer["actions_generated"]
    assert (level["type"], level["parameters"]["suggested_level"]) == (
        "LEVEL_SUGGESTED",
        "challenging",
    )
    assert path["type"] == "LEARNING_PATH_UPDATE"
    assert path["parameters"]["focus_areas"] == ["writing", "complex_math"]
    assert answer["decision"]["outcome"] == "decided"

    keys = {level["action_id"], path["action_id"]}
    await house.sandbox.wait_for(lambda calls: set(calls.applied_keys()) == keys)
    sent = {call.path: call for call in house.sandbox.calls}
    call = sent["/api/learners/learner-123/level"]
    assert (call.key, call.tenant_id) == (level["action_id"], "tenant-456")
    assert call.body["suggested_level"] == "challenging"

    await house.settled(worker, events=1)
    figures = get(worker, "/stats")
    assert figures["total_events_processed"] == 1
    assert figures["level_suggestions_sent"] == 1
    assert figures["learning_path_updates"] == 1
    assert figures["actions_delivered"] == 2
    assert figures["active_learners"] == figures["total_learners"] == 1
    assert get(worker, "/health")["status"] == "healthy"


async def test_the_same_event_twice_is_a_duplicate_and_calls_nobody_again(
    house: House, worker: WorkerProcess
) -> None:
    first = post(worker, "/internal/trigger", {**BASELINE, "id": "baseline-1"})
    second = post(worker, "/internal/trigger", {**BASELINE, "id": "baseline-1"})

    assert len(first["actions_generated"]) == 2
    assert second["actions_generated"] == []
    assert second["decision"]["outcome"] == "duplicate"
    await house.settled(worker, events=2)
    assert house.sandbox.calls.received == 2


async def test_five_good_pieces_of_coursework_raise_the_level_once_and_a_sixth_does_not(
    house: House, worker: WorkerProcess
) -> None:
    # An accuracy of 0.8 counts as correct, and is below the 0.85 that raises the level by itself.
    good = {"performance_metrics": {"accuracy": 0.8}}
    await house.add([event("COURSEWORK_ANALYZED", n, good) for n in range(5)])
    await house.settled(worker, events=5)
    assert [call.body["suggested_level"] for call in house.sandbox.calls] == ["challenging"]

    await house.add([event("ASSESSMENT_COMPLETE", 1, {"score": 0.6})])
    await house.add([event("COURSEWORK_ANALYZED", 5, good)])
    await house.settled(worker, events=7)
    assert house.sandbox.calls.received == 1


async def test_bad_entries_become_dead_letters_and_hold_up_nobody(
    house: House, worker: WorkerProcess
) -> None:
    stream, good = event("ASSESSMENT_COMPLETE", 1, {"score": 0.9})
    bad: list[dict[str, Any]] = [
        {**good, "id": "unknown", "type": "LUNCH_EATEN"},
        {**good, "id": "range", "data": {"score": 1.5}},
        {**good, "id": "missing", "data": {}},
        {**good, "id": "tenant", "tenant_id": None},
        {**good, "id": "future", "timestamp": "2999-01-01T00:00:00Z"},
    ]
    await house.add([(stream, entry) for entry in [*bad, good]])

    await house.sandbox.wait_for(lambda calls: calls.applied == 1)
    await house.settled(worker, events=len(bad) + 1)
    figures = get(worker, "/stats")
    assert (figures["dead_letters"], figures["total_events_processed"]) == (len(bad), 1)
    assert await house.pending([stream]) == 0


async def test_a_worker_started_before_its_servers_waits_for_them(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house:
        worker = house.new_worker()
        house.kafka.stop()
        house.valkey.stop()
        starting = _start_in_thread(worker)
        await eventually(lambda: "not there yet" in _log(worker), within=30)
        house.kafka.start()
        house.valkey.start()
        await starting
        answer = post(worker, "/internal/trigger", BASELINE)
        assert len(answer["actions_generated"]) == 2


def _log(worker: WorkerProcess) -> str:
    return worker.log.read_text() if worker.log.exists() else ""


def _start_in_thread(worker: WorkerProcess) -> asyncio.Task[None]:
    return asyncio.create_task(asyncio.to_thread(worker.start))
