"""A service is away for an hour, which the workers live in less than a minute."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.clock import SystemClock
from orchestrator.core.actions import SERVICE_OF, URGENT, Action, ActionType
from orchestrator.core.actions import Service as Place
from orchestrator.embedded.sandbox import Call, Mode, Service
from tests.faults.conftest import FaultReport
from tests.product.house import PARTITIONS, Entry, House, Worker, get, school
from tests.product.levels import assessment, level_of
from tests.product.oracle import expected, read_all
from tests.waiting import eventually

SEED = 15
EVENTS = 800
LEARNERS = 250
HOUR = timedelta(hours=1)
IN_FLIGHT = 32
"""Attempts that a worker has under way at a time."""


@pytest.mark.fault(15)
async def test_an_hour_without_notification_svc_holds_up_nothing_else_and_then_support_is_first(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        house.sandbox.put_fault(Service.NOTIFICATION, Mode.RESET)
        worker = await _another_worker(house, timedelta())
        entries = _lesson(0, timedelta())
        await house.add(entries)
        old = await _seen_through_by_learner_svc(house, worker, EVENTS)

        worker = await _another_worker(house, HOUR)
        old_breaks = {key for key, one in old.items() if one.type is ActionType.GAME_BREAK}
        await eventually(lambda: get(worker, "/stats")["actions_expired"] == len(old_breaks), 60)
        entries += _lesson(1, HOUR)
        await house.add(entries[EVENTS:])
        actions = await _seen_through_by_learner_svc(house, worker, 2 * EVENTS)
        assert not _applied(house.sandbox.calls, Service.NOTIFICATION)

        away = house.sandbox.calls.received
        house.sandbox.put_fault(Service.NOTIFICATION, Mode.OK)
        await house.settled(worker, 2 * EVENTS)
        after = _applied(list(house.sandbox.calls)[away:], Service.NOTIFICATION)
        types = [actions[call.key].type for call in after]
        first_break = types.index(ActionType.GAME_BREAK)
        support = [place for place, kind in enumerate(types) if kind in URGENT]
        assert sum(place < first_break for place in support) > IN_FLIGHT
        assert sum(place > first_break for place in support) < IN_FLIGHT
        assert len(support) == sum(one.type in URGENT for one in actions.values())
        assert not old_breaks & {call.key for call in after}
        assert len(old_breaks) > 100 < len(types) - len(support)
        _assert_balanced(get(worker, "/stats"), actions)

        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings)
        assert findings.faults() == {}


@pytest.mark.fault(15)
async def test_a_level_that_expires_while_learner_svc_is_away_is_taken_back_before_its_return(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        worker = await _another_worker(house, timedelta())
        await house.add([assessment(1, 0.90, "anna")])
        await house.sandbox.wait_for(lambda calls: calls.applied == 1, within=30)
        house.sandbox.put_fault(Service.LEARNER, Mode.RESET)
        await house.add([assessment(2, 0.92, "anna")])
        await eventually(lambda: level_of(worker, "anna") == "advanced", within=30)

        worker = await _another_worker(house, 25 * HOUR)
        await eventually(lambda: level_of(worker, "anna") == "challenging", within=30)
        await eventually(lambda: get(worker, "/stats")["actions_expired"] == 1, within=30)

        house.sandbox.put_fault(Service.LEARNER, Mode.OK)
        await house.settled(worker, 2)
        assert house.sandbox.calls.applied == 1
        findings = await house.judge(["anna-1", "anna-2"])
        fault_report.tell(findings)
        assert findings.faults() == {}


def _lesson(number: int, later: timedelta) -> list[Entry]:
    """Events of the latest minutes, as it will be by then."""
    since = SystemClock().now() - timedelta(minutes=4)
    entries = school((number + 1) * EVENTS, LEARNERS, SEED, since)[number * EVENTS :]
    return [(stream, _moved(event, later)) for stream, event in entries]


def _moved(event: Mapping[str, Any], later: timedelta) -> Mapping[str, Any]:
    at = datetime.fromisoformat(event["timestamp"])
    return {**event, "timestamp": (at + later).isoformat()}


async def _another_worker(house: House, later: timedelta) -> Worker:
    """Whoever works stops, and another goes on, so much later."""
    for worker in house.workers:
        if worker.is_running:
            await asyncio.to_thread(worker.stop, 20.0)
    worker = house.new_worker(CLOCK_OFFSET=str(later.total_seconds()))
    await asyncio.to_thread(worker.start)
    return worker


async def _seen_through_by_learner_svc(
    house: House, worker: Worker, events: int
) -> dict[str, Action]:
    """All actions, once so many events are decided and all that is for learner-svc has ended."""

    def decided() -> bool:
        told = get(worker, "/stats")
        return bool(told["total_events_received"] >= events and told["events_in_flight"] == 0)

    await eventually(decided, within=60)
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    actions = expected(log, house.policy).actions
    theirs = sum(SERVICE_OF[one.type] is Place.LEARNER for one in actions.values())

    def ended() -> bool:
        told = get(worker, "/stats")
        return bool(told["actions_delivered"] + told["actions_superseded"] == theirs)

    await eventually(ended, within=60)
    return actions


def _applied(calls: Iterable[Call], service: Service) -> list[Call]:
    return [call for call in calls if call.applied and call.service is service]


def _assert_balanced(told: Mapping[str, int], actions: Mapping[str, Action]) -> None:
    """What came has been decided, and what was decided has ended."""
    events = ("total_events_processed", "duplicates", "late", "dead_letters")
    assert told["total_events_received"] == sum(told[name] for name in events) == 2 * EVENTS
    ends = ("delivered", "expired", "superseded", "rejected", "failed")
    assert sum(told[f"actions_{name}"] for name in ends) == len(actions)
    assert told["actions_pending"] == told["actions_rejected"] == told["actions_failed"] == 0
