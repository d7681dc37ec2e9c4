"""A worker's clock is wrong by 10 minutes, and producers write of the future."""

import asyncio
import dataclasses
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from orchestrator.clock import SystemClock
from orchestrator.core.actions import Action
from orchestrator.core.event_codec import decode_event, encode_event
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.errors import InvalidEvent
from orchestrator.topics import EVENTS
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended
from tests.product.ends import Log
from tests.product.house import PARTITIONS, Entry, House, post, school
from tests.product.letters import letters, reason, said
from tests.product.oracle import expected, read_all
from tests.product.versions import operate

COUNT = 600
WRONG_BY_S = 600
FUTURE = "timestamp in the future"
ANY_TIME = datetime.fromisoformat("2031-02-03T04:05:06+00:00")


def sound(action: Action) -> Action:
    """The action without what follows from the arrival of its event."""
    return msgspec.structs.replace(action, expires_at=None)


def arrived_at(record: Any, at: datetime) -> Any:
    """The record, had its event come at another time."""
    try:
        event = decode_event(record.value or b"")
    except InvalidEvent:
        return record
    arrived = encode_event(msgspec.structs.replace(event, received_at=at))
    return dataclasses.replace(record, value=arrived)


def decided(log: Log, house: House) -> Mapping[str, Action]:
    return {key: sound(each) for key, each in expected(log, house.policy).actions.items()}


async def does_not_depend_on_arrival(house: House) -> None:
    """The events lead to the same actions, at whatever time a worker's clock says they came."""
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    moved = {
        number: [arrived_at(each, ANY_TIME) for each in log[EVENTS][number]]
        for number in log[EVENTS]
    }
    assert decided(log, house) == decided({**log, EVENTS: moved}, house)


async def two_workers(house: House, offset: int) -> tuple[WorkerProcess, WorkerProcess]:
    """One whose clock is right, and one whose clock is not."""
    right, wrong = house.new_worker(), house.new_worker(CLOCK_OFFSET=str(offset))
    await asyncio.gather(*(asyncio.to_thread(each.start) for each in (right, wrong)))
    return right, wrong


def lately() -> list[Entry]:
    """Events of the last 4 minutes."""
    since = SystemClock().now() - timedelta(minutes=4)
    return school(COUNT, learners=60, seed=17, since=since)


def ids(entries: list[Entry]) -> list[str]:
    return [str(event["id"]) for _, event in entries]


@pytest.mark.long
@pytest.mark.fault(17)
async def test_a_worker_that_is_ten_minutes_ahead_decides_as_all_others(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        right, _ = await two_workers(house, WRONG_BY_S)
        entries = lately()
        await house.add(entries)
        figures = await all_ended(right, COUNT)
        assert figures["total_events_processed"] == COUNT
        assert figures["dead_letters"] == 0
        findings = await house.judge(ids(entries))
        fault_report.tell(findings)
        assert findings.faults() == {}
        await does_not_depend_on_arrival(house)


@pytest.mark.fault(17)
async def test_what_a_worker_ten_minutes_behind_refuses_is_decided_once_its_clock_is_right(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        right, wrong = await two_workers(house, -WRONG_BY_S)
        entries = lately()
        await house.add(entries)
        figures = await all_ended(right, COUNT)
        refused = await letters(house)
        assert 0 < len(refused) == figures["dead_letters"] < COUNT
        assert {reason(each) for them in refused.values() for each in them} == {FUTURE}
        slow = SystemClock().now() - timedelta(seconds=WRONG_BY_S / 2)
        for record in (each for them in refused.values() for each in them):
            assert datetime.fromisoformat(said(record, "at")) < slow
            assert "min after its arrival at" in said(record, "detail")

        wrong.stop()
        replayed = await operate(house, None, "dead-letters", "replay", "--reason", FUTURE)
        assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        figures = await all_ended(right, COUNT + len(refused))
        assert figures["total_events_processed"] == COUNT
        findings = await house.judge(ids(entries))
        fault_report.tell(findings)
        assert findings.faults() == {}
        await does_not_depend_on_arrival(house)


def ahead(minutes: float, number: int) -> dict[str, Any]:
    return {
        "id": f"ahead-{minutes:g}-{number}",
        "type": "LEARNER_PROGRESS",
        "tenant_id": "tenant-1",
        "learner_id": f"learner-{number}",
        "timestamp": (SystemClock().now() + timedelta(minutes=minutes)).isoformat(),
        "data": {"performance_score": 0.9, "engagement_score": 0.2},
    }


def status_of(worker: WorkerProcess, body: Mapping[str, Any]) -> tuple[int, str]:
    """What the trigger answers: its status, and its text."""
    headers = {"Content-Type": "application/json"}
    url, data = worker.url + "/internal/trigger", json.dumps(body).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, data=data, headers=headers), timeout=15
        ) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.fault(17)
async def test_what_comes_from_too_far_ahead_is_refused_and_the_learner_goes_on_as_before(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        stream, learners = "aivo.events.learner", range(10)
        far: list[Entry] = [
            (stream, ahead(minutes, n)) for n in learners for minutes in (6, 60 * 24, 1e6)
        ]
        near: list[Entry] = [(stream, ahead(4, n)) for n in learners]
        now: list[Entry] = [(stream, ahead(0, n)) for n in learners]
        await house.add(far + near + now)
        await all_ended(worker, len(far + near + now))
        found = await letters(house)
        assert {reason(each) for them in found.values() for each in them} == {FUTURE}
        assert len(found) == len(far)

        status, text = await asyncio.to_thread(status_of, worker, ahead(6, 100))
        assert (status, "timestamp" in text) == (422, True)
        answer = await asyncio.to_thread(post, worker, "/internal/trigger", ahead(4, 101))
        assert answer["decision"]["outcome"] == "decided"

        figures = await all_ended(worker, len(far + near + now) + 1)
        assert figures["total_events_processed"] == len(near + now) + 1
        # What was refused has left nothing behind: today's break is given, and only one.
        breaks = {call.learner_id for call in house.sandbox.calls if "schedule" in call.path}
        assert breaks == {f"learner-{n}" for n in (*learners, 101)}
        findings = await house.judge([*ids(near + now), "ahead-4-101"])
        fault_report.tell(findings)
        assert findings.faults() == {}
