"""Two workers, each with a history of the whole cluster in a file of its own."""

import asyncio
import os
import signal
import urllib.error
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import Entry, House, erase, get, post, school
from tests.product.levels import TENANT, assessment
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENTS = 300
LEARNERS = 30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with House(tmp_path_factory.mktemp("history")) as found:
        pair = [found.new_worker(), found.new_worker()]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in pair))
        yield found


def page(worker: WorkerProcess, path: str) -> dict[str, Any]:
    """A page, or none while the worker cannot tell yet."""
    try:
        return get(worker, path)
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return {"total_count": -1}


def whole(worker: WorkerProcess, kind: str, query: str = "") -> list[dict[str, Any]]:
    """All rows that match, page by page."""
    rows: list[dict[str, Any]] = []
    while True:
        found = page(worker, f"/{kind}?limit=200&offset={len(rows)}{query}")
        rows += found.get(kind, [])
        if not found.get("has_more", False):
            assert found["total_count"] in {len(rows), -1}
            return rows


def pid_of_history(worker: WorkerProcess) -> int:
    """The process that keeps the worker's history (Linux)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if parent == worker.pid and b"orchestrator.history" in command:
            return int(stat.parent.name)
    raise AssertionError("there is no such process")


async def told_by_both(house: House, path: str, count: int) -> None:
    """Wait until both workers count so many rows."""

    def done() -> bool:
        return all(page(worker, path)["total_count"] == count for worker in house.workers)

    await eventually(done, within=60)


def ids_of(entries: list[Entry]) -> list[str]:
    return sorted(str(event["id"]) for _, event in entries)


async def test_both_tell_the_same_of_every_event_and_action(house: House) -> None:
    entries = school(EVENTS, LEARNERS, seed=1)
    await house.add([*entries, entries[0]])
    await house.settled(house.workers[0], events=EVENTS + 1)
    figures = get(house.workers[0], "/stats")
    actions = sum(
        figures[name]
        for name in (
            "level_suggestions_sent",
            "game_breaks_scheduled",
            "sel_interventions_triggered",
            "learning_path_updates",
        )
    )
    await told_by_both(house, "/events?limit=1", EVENTS + 1)
    await told_by_both(house, "/events?limit=1&status=completed", figures["total_events_processed"])
    await told_by_both(house, "/actions?limit=1", actions)
    await told_by_both(house, "/actions?limit=1&status=completed", figures["actions_delivered"])

    one, other = house.workers
    events, done = whole(one, "events"), whole(one, "actions")
    assert (events, done) == (whole(other, "events"), whole(other, "actions"))
    assert sorted({row["id"] for row in events}) == ids_of(entries)
    assert sum(row["outcome"] == "duplicate" for row in events) == figures["duplicates"] == 1
    times = [row["timestamp"] for row in events]
    assert times == sorted(times, reverse=True)
    asked_for = sorted(each for row in events for each in row["action_ids"])
    assert asked_for == sorted(row["action_id"] for row in done)
    assert {row["http_status"] for row in done if row["outcome"] == "delivered"} <= {200, 201, 202}
    assert all(row["reason"] and row["evidence"] and row["ended_at"] for row in done)
    sel = whole(one, "actions", "&action_type=SEL_INTERVENTION&target_service=notification-svc")
    assert sel == [row for row in done if row["type"] == "SEL_INTERVENTION"]
    assert sel


async def test_what_is_triggered_stands_where_the_answer_of_202_points(house: House) -> None:
    event = {"type": "BASELINE_COMPLETE", "learner_id": "tove", "tenant_id": TENANT}
    answer = post(house.workers[0], "/internal/trigger", event | {"data": {"overall_score": 0.8}})
    path = f"/events?tenant_id={TENANT}&learner_id=tove&id={answer['event_id']}"
    await told_by_both(house, f"{path}&status=completed", 1)
    (row,) = get(house.workers[1], path)["events"]
    decision = answer["decision"]
    assert [row["partition"], row["offset"]] == [decision["partition"], decision["offset"]]
    assert row["action_ids"] == [each["action_id"] for each in answer["actions_generated"]]


async def test_what_waits_is_pending_and_what_was_tried_is_executing(house: House) -> None:
    house.sandbox.put_fault(Service.LEARNER, Mode.SERVER_ERROR)
    await house.add([assessment(7, 0.95, "ylva")])
    await told_by_both(house, "/actions?learner_id=ylva&status=executing", 1)
    (row,) = get(house.workers[0], "/actions?learner_id=ylva")["actions"]
    assert (row["outcome"], row["ended_at"]) == (None, None)
    assert row["attempts"] >= 1
    house.sandbox.put_fault(Service.LEARNER, Mode.OK)
    await told_by_both(house, "/actions?learner_id=ylva&status=completed", 1)


async def test_neither_a_kill_of_the_history_nor_of_a_worker_loses_or_doubles_a_row(
    house: House,
) -> None:
    survivor, victim = house.workers
    before = {row["id"] for row in whole(survivor, "events")}
    entries: list[Entry] = [
        (stream, {**event, "id": f"late-{event['id']}"})
        for stream, event in school(EVENTS, LEARNERS, seed=2)
    ]
    third = EVENTS // 3
    await house.add(entries[:third])
    os.kill(pid_of_history(survivor), signal.SIGKILL)
    await house.add(entries[third : 2 * third])
    victim.kill()
    await house.add(entries[2 * third :])
    victim.start()
    expected = before | set(ids_of(entries))
    await eventually(lambda: {row["id"] for row in whole(survivor, "events")} == expected, 60)
    await eventually(lambda: {row["id"] for row in whole(victim, "events")} == expected, 60)
    places = [(row["partition"], row["offset"]) for row in whole(victim, "events")]
    assert len(places) == len(set(places))
    await eventually(
        lambda: (
            whole(survivor, "events") == whole(victim, "events")
            and whole(survivor, "actions") == whole(victim, "actions")
        ),
        within=60,
    )


async def test_a_learner_who_is_erased_is_in_no_history_and_in_no_file(house: House) -> None:
    name = "zoe-who-wants-to-be-forgotten"
    await house.add([assessment(8, 0.95, name), assessment(9, 0.2, name)])
    await told_by_both(house, f"/events?learner_id={name}&status=completed", 2)
    await eventually(lambda: bool(get(house.workers[0], f"/actions?learner_id={name}")["actions"]))
    found = files_with(house, name)
    assert len({path.parent for path in found}) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in found)  # nobody else may read them
    receipt = erase(house.workers[1], TENANT, name)
    assert any("history" in what for what in receipt["erased"])
    await told_by_both(house, f"/events?learner_id={name}", 0)
    await told_by_both(house, f"/actions?learner_id={name}", 0)
    await eventually(lambda: files_with(house, name) == [])


async def test_a_file_that_is_read_anew_does_not_bring_an_erased_learner_back(
    house: House,
) -> None:
    worker, name = house.workers[1], "zoe-who-wants-to-be-forgotten"
    expected = whole(house.workers[0], "events")
    worker.stop()
    for path in folder_of(worker).glob("history.sqlite3*"):
        path.unlink()
    worker.start()
    await eventually(lambda: whole(worker, "events") == expected, within=60)
    assert page(worker, f"/events?learner_id={name}")["total_count"] == 0
    await eventually(lambda: whole(worker, "actions") == whole(house.workers[0], "actions"))
    assert page(worker, f"/actions?learner_id={name}")["total_count"] == 0
    await eventually(lambda: files_with(house, name) == [])


def folder_of(worker: WorkerProcess) -> Path:
    return worker.data_dir / "history"


def files_with(house: House, name: str) -> list[Path]:
    """The files of the histories in which these bytes stand."""
    files = [path for worker in house.workers for path in folder_of(worker).iterdir()]
    assert len(files) >= 2 * len(house.workers)
    return [path for path in files if name.encode() in path.read_bytes()]
