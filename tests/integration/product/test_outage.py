"""A downstream service is away while events go on; and one that refuses a level."""

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from orchestrator.clock import SystemClock
from orchestrator.core.actions import SERVICE_OF, URGENT, Action, ActionType
from orchestrator.core.actions import Service as Downstream
from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import PARTITIONS, Entry, House, get, school
from tests.product.oracle import expected, read_all
from tests.waiting import eventually

EVENTS = 3_000
AWAY_S = 15.0
IN_FLIGHT = 32
LEARNER_FIGURES = ("level_suggestions_sent", "learning_path_updates")
ENDED_FIGURES = ("actions_delivered", "actions_superseded", "actions_expired", "actions_rejected")


def ended(figures: dict[str, Any]) -> int:
    return sum(figures[name] for name in ENDED_FIGURES)


async def test_while_notification_svc_is_away_learner_svc_is_called_and_on_return_sel_comes_first(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        house.sandbox.put_fault(Service.NOTIFICATION, Mode.SERVER_ERROR)
        entries = school(EVENTS, 600, seed=4, since=SystemClock().now() - timedelta(minutes=12))
        began = time.monotonic()
        await add_in_pieces(house, worker, entries)
        await eventually(lambda: is_seen_through_by_learner_svc(house, worker), within=60)
        await eventually(lambda: time.monotonic() - began > AWAY_S, within=AWAY_S + 1)
        figures = get(worker, "/stats")
        assert figures["actions_pending"] > 0
        assert health_of(worker, "notification_svc") == "degraded"
        assert health_of(worker, "learner_svc") == "healthy"
        before = len(house.sandbox.calls.applied_keys())

        house.sandbox.put_fault(Service.NOTIFICATION, Mode.OK)
        await house.settled(worker, EVENTS)

        findings = await house.judge([str(event["id"]) for _, event in entries])
        assert findings.faults() == {}
        actions = await decided(house)
        order = [actions[key] for key in house.sandbox.calls.applied_keys()]
        for_learner_svc = [one for one in order if SERVICE_OF[one.type] is Downstream.LEARNER]
        assert order[:before] == for_learner_svc
        assert_interventions_first([one.type for one in order[before:]])
        figures = get(worker, "/stats")
        interventions = sum(one.type in URGENT for one in actions.values())
        assert sum(one.type in URGENT for one in order) == interventions > IN_FLIGHT * 2
        assert figures["actions_expired"] > 0
        assert figures["actions_rejected"] == figures["actions_failed"] == 0
        assert ended(figures) == len(actions)


async def add_in_pieces(house: House, worker: WorkerProcess, entries: list[Entry]) -> None:
    """Events go on and on, not all at once."""
    for at in range(0, len(entries), 200):
        await house.add(entries[at : at + 200])
        await eventually(partial(has_received, worker, at + 1), within=30)


def has_received(worker: WorkerProcess, count: int) -> bool:
    return bool(get(worker, "/stats")["total_events_received"] >= count)


def is_seen_through_by_learner_svc(house: House, worker: WorkerProcess) -> bool:
    """All events are decided, and what is for learner-svc has arrived; nothing else can have."""
    figures = get(worker, "/stats")
    return bool(
        figures["total_events_received"] >= EVENTS
        and figures["events_in_flight"] == 0
        and house.sandbox.calls.applied == sum(figures[name] for name in LEARNER_FIGURES)
    )


def health_of(worker: WorkerProcess, service: str) -> str:
    status: str = get(worker, "/health")["components"]["service_clients"][service]["status"]
    return status


async def decided(house: House) -> dict[str, Action]:
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    return expected(log, house.policy).actions


def assert_interventions_first(types: Sequence[ActionType]) -> None:
    """All but those that were under way at the same time as the first breaks."""
    first_break = types.index(ActionType.GAME_BREAK)
    assert sum(one in URGENT for one in types[:first_break]) > 0
    assert sum(one in URGENT for one in types[first_break:]) < 2 * IN_FLIGHT


def assessment(number: int, score: float, learner: str) -> Entry:
    return "aivo.events.assessment", {
        "id": f"{learner}-{number}",
        "type": "ASSESSMENT_COMPLETE",
        "tenant_id": "tenant-1",
        "learner_id": learner,
        "timestamp": SystemClock().now().isoformat(),
        "data": {"score": score},
    }


def level_of(worker: WorkerProcess, learner: str) -> str:
    state = get(worker, f"/learners/{learner}/state?tenant_id=tenant-1")
    level: str = state["level"]
    return level


def suggested(house: House, learner: str) -> list[tuple[str, int | None]]:
    calls = [call for call in house.sandbox.calls if call.learner_id == learner]
    return [(call.body["suggested_level"], call.status) for call in calls]


async def refuse_a_level(
    house: House, worker: WorkerProcess, learner: str, *, number: int, back_at: str
) -> None:
    """One suggestion is refused; once the learner is back where they were, another is not."""
    received = house.sandbox.calls.received
    house.sandbox.put_fault(Service.LEARNER, Mode.BAD_REQUEST, times=1)
    await house.add([assessment(number, 0.92, learner)])
    await house.sandbox.wait_for(lambda calls: calls.received == received + 1, within=30)
    await eventually(lambda: level_of(worker, learner) == back_at)
    await house.add([assessment(number + 1, 0.94, learner)])
    await house.sandbox.wait_for(lambda calls: calls.received == received + 2, within=30)


async def test_a_level_that_was_refused_comes_back_and_the_next_decision_starts_from_it(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()

        await house.add([assessment(1, 0.90, "anna")])
        await house.sandbox.wait_for(lambda calls: calls.applied == 1, within=30)
        await refuse_a_level(house, worker, "anna", number=2, back_at="challenging")
        await refuse_a_level(house, worker, "ben", number=1, back_at="moderate")

        assert suggested(house, "anna") == [
            ("challenging", 200),
            ("advanced", 400),
            ("advanced", 200),
        ]
        assert suggested(house, "ben") == [("challenging", 400), ("challenging", 200)]
        await house.settled(worker, events=5)
        figures = get(worker, "/stats")
        assert figures["total_events_received"] == figures["total_events_processed"] == 5
        assert (figures["actions_delivered"], figures["actions_rejected"]) == (3, 2)
        assert figures["dead_letters"] == 0
        assert (level_of(worker, "anna"), level_of(worker, "ben")) == ("advanced", "challenging")
        assert (await house.judge()).faults() == {}
