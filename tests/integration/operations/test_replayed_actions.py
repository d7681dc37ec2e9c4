"""What the services refused, replayed once they are mended: calls that are made, each once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestrator.cli import main
from orchestrator.clock import SystemClock
from orchestrator.core.actions import Action, ActionType
from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.embedded.worker import WorkerProcess
from tests.integration.operations.conftest import listed
from tests.product.house import PARTITIONS, Entry, House, get
from tests.product.oracle import expected, read_all
from tests.waiting import eventually

REPLAY = ("dead-letters", "replay", "--since", "1h", "--actions")
ENDS = ("delivered", "rejected", "expired", "superseded", "failed", "pending")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House(tmp_path) as house:
        yield house


async def type_in(house: House, *words: str) -> Result:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers}
    return await asyncio.to_thread(CliRunner().invoke, main, list(words), env=settings)


def entry(stream: str, kind: str, learner: str, number: int, data: dict[str, Any]) -> Entry:
    return f"aivo.events.{stream}", {
        "id": f"{learner}-{number}",
        "type": kind,
        "tenant_id": "tenant-1",
        "learner_id": learner,
        "timestamp": SystemClock().now().isoformat(),
        "data": data,
    }


def gaps(learner: str, number: int) -> Entry:
    data = {"performance_metrics": {"accuracy": 0.6}, "learning_gaps": [f"topic {number}"]}
    return entry("coursework", "COURSEWORK_ANALYZED", learner, number, data)


def alert(learner: str, number: int) -> Entry:
    data = {"alert_type": "anxiety", "severity": "high"}
    return entry("sel", "SEL_ALERT", learner, number, data)


def ends(worker: WorkerProcess) -> dict[str, int]:
    figures = get(worker, "/stats")
    return {name: figures[f"actions_{name}"] for name in ENDS if figures[f"actions_{name}"]}


async def open_ones(house: House, count: int) -> bool:
    """Whether so many dead letters are there that were not replayed since."""
    letters = listed(await type_in(house, "dead-letters", "list", "--json"))
    return [each["replayed_at"] for each in letters] == [None] * count


async def by_type(house: House) -> dict[tuple[str, ActionType], list[Action]]:
    found: dict[tuple[str, ActionType], list[Action]] = {}
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    for action in expected(log, house.policy).actions.values():
        found.setdefault((action.learner_id, action.type), []).append(action)
    return found


async def test_each_is_called_for_once_more_and_has_one_end_whoever_replays_how_often(
    house: House,
) -> None:
    worker = house.new_worker()
    worker.start()
    for service in Service:
        house.sandbox.put_fault(service, Mode.BAD_REQUEST)
    baseline = {"overall_score": 0.75, "challenges": ["writing"]}
    await house.add([entry("baseline", "BASELINE_COMPLETE", "anna", 1, baseline)])
    await house.add([alert("anna", 2), gaps("ben", 1), gaps("cleo", 1), gaps("cleo", 2)])
    await house.settled(worker, events=5)
    # anna: level, path, support, break; ben: a path; cleo: two.
    assert ends(worker) == {"rejected": 7}

    for service in Service:
        house.sandbox.put_fault(service, Mode.OK)
    await house.add([gaps("ben", 2)])
    await house.settled(worker, events=6)
    assert ends(worker) == {"rejected": 7, "delivered": 1}

    first = await type_in(house, *REPLAY)
    assert first.exit_code == 3, first.output
    assert "is about a level" in first.output
    assert "6 replayed, 1 refused." in first.output
    # Ben's old path must not undo the newer one.
    after = {"delivered": 6, "rejected": 1, "superseded": 1}
    await eventually(lambda: ends(worker) == after, within=60)

    actions = await by_type(house)
    tried = Counter((call.key, call.status) for call in house.sandbox.calls)
    for kind in (ActionType.LEARNING_PATH_UPDATE, ActionType.SEL_INTERVENTION):
        (one,) = actions["anna", kind]
        assert (tried[one.action_id, 400], tried[one.action_id, 200]) == (1, 1)
        bodies = [call.body for call in house.sandbox.calls if call.key == one.action_id]
        assert bodies[0] == bodies[1]
    applied = house.sandbox.calls.applied_keys()
    cleo = [one.action_id for one in actions["cleo", ActionType.LEARNING_PATH_UPDATE]]
    assert [key for key in applied if key in cleo] == cleo
    old, new = (one.action_id for one in actions["ben", ActionType.LEARNING_PATH_UPDATE])
    assert (old in applied, new in applied) == (False, True)

    received = house.sandbox.calls.received
    second = await type_in(house, *REPLAY)
    assert "0 replayed, 1 refused." in second.output
    assert "6 left out" in second.output
    again = await type_in(house, *REPLAY, "--again")
    assert "6 replayed, 1 refused." in again.output
    await eventually(lambda: worker.log.read_text().count("is passed over") == 6, within=60)
    assert house.sandbox.calls.received == received
    assert ends(worker) == after
    assert (await house.judge()).faults() == {}


async def test_what_is_refused_again_is_open_again_and_another_worker_takes_it_over(
    house: House,
) -> None:
    worker = house.new_worker()
    worker.start()
    house.sandbox.put_fault(Service.NOTIFICATION, Mode.BAD_REQUEST)
    await house.add([alert("anna", 1)])
    await house.settled(worker, events=1)
    for times in (2, 3):
        replayed = await type_in(house, *REPLAY)
        assert "2 replayed, 0 refused." in replayed.output
        await eventually(lambda n=times: house.sandbox.calls.received == 2 * n, within=60)  # type: ignore[misc]
        await eventually(lambda: open_ones(house, 2), within=60)
        assert ends(worker) == {"rejected": 2}

    house.sandbox.put_fault(Service.NOTIFICATION, Mode.SERVER_ERROR)
    assert "2 replayed" in (await type_in(house, *REPLAY)).output
    await house.sandbox.wait_for(lambda calls: calls.received > 6, within=60)
    worker.kill()
    other = house.new_worker()
    other.start()
    assert ends(other) == {"rejected": 2}
    house.sandbox.put_fault(Service.NOTIFICATION, Mode.OK)
    await eventually(lambda: ends(other) == {"delivered": 2}, within=60)
    assert house.sandbox.calls.applied == 2
    assert (await house.judge()).faults() == {}
