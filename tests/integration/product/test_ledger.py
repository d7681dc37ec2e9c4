"""The ledger balances after whatever has happened, and says so at each worker and without any."""

import asyncio
import json
import urllib.request
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from orchestrator.cli import main
from orchestrator.clock import SystemClock
from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import House, get, school
from tests.waiting import eventually

EVENTS, REFUSED, REPEATED = 3_000, 40, 200
STREAM = "aivo.events.sel"
SERVICES = ("notification-svc", "learner-svc")


def type_in(house: House, *words: str) -> Result:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers}
    return CliRunner().invoke(main, ["ledger", *words], env=settings)


async def add_what_nobody_can_read(house: House) -> None:
    async with Redis.from_url(house.valkey.url) as redis:
        for number in range(REFUSED):
            await redis.xadd(STREAM, {"data": f"no json {number}"})


def balanced(worker: WorkerProcess, since: datetime) -> dict[str, Any]:
    """The ledger, if it was read after `since`, balances, and nothing is in flight; else empty."""
    try:
        told = get(worker, "/ledger")
    except HTTPError as error:
        if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return {}
    fresh = datetime.fromisoformat(told["as_of"]) > since
    still = told["balanced"] and told["events"]["total"]["in_flight"] == 0
    return told if fresh and still else {}


def differences(worker: WorkerProcess) -> set[str]:
    """The lines of the metric."""
    with urllib.request.urlopen(worker.url + "/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {line for line in lines if line.startswith("orchestrator_ledger_difference_records{")}


@pytest.mark.parametrize("guarantee", ["at_least_once", "exactly_once"])
async def test_it_balances_after_load_a_killed_worker_refusals_repeats_and_dead_letters(
    tmp_path: Path, guarantee: str
) -> None:
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        left, killed = house.new_worker(), house.new_worker()
        await asyncio.gather(asyncio.to_thread(left.start), asyncio.to_thread(killed.start))
        entries = school(EVENTS, learners=100, seed=3)
        await house.add(entries[: EVENTS // 2])
        await add_what_nobody_can_read(house)
        await eventually(lambda: house.sandbox.calls.received > 50, within=60)
        killed.kill()
        # Only now, since what the dead one has asked would be refused to nobody, and asked again.
        await eventually(lambda: get(left, "/stats")["workers"] == 1, within=60)
        house.sandbox.put_fault(Service.LEARNER, Mode.BAD_REQUEST, times=5)
        await house.add(entries[EVENTS // 2 :])
        await house.add(entries[-REPEATED:])
        await house.settled(left, EVENTS + REFUSED + REPEATED, within=120)
        settled = SystemClock().now()
        await eventually(lambda: bool(balanced(left, settled)), within=60)

        told = get(left, "/ledger")
        events = told["events"]["total"]
        # A killed bridge may have copied some entries twice; but no dead letter counts twice.
        assert events["received"] >= EVENTS + REFUSED + REPEATED
        assert events["received"] - events["duplicates"] == EVENTS + REFUSED
        assert events["dead_letters"] == REFUSED
        assert events["unexplained_since"] is None
        figures = get(left, "/stats")
        for name in ("duplicates", "late", "dead_letters"):
            assert events[name] == figures[name]
        assert events["decided"] == figures["total_events_processed"]
        ends = [side["total"]["outcomes"] for side in told["services"].values()]
        assert sum(each["rejected"] for each in ends) == 5
        assert sum(each["delivered"] for each in ends) == figures["actions_delivered"] > 50
        assert len(told["events"]["partitions"]) == 12
        assert len(differences(left)) == 3
        assert all(line.endswith(" 0.0") for line in differences(left))
        assert (await house.judge()).faults() == {}

        left.stop()
        result = await asyncio.to_thread(type_in, house, "--json")
        assert result.exit_code == 0, result.output
        alone: dict[str, Any] = json.loads(result.stdout)
        assert {**alone, "as_of": None} == {**told, "as_of": None}


async def test_what_waits_for_a_service_is_parked_not_unexplained(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        house.sandbox.put_fault(Service.NOTIFICATION, Mode.SERVER_ERROR)
        await house.add(school(600, learners=60, seed=4))

        began = SystemClock().now()

        def waits() -> bool:
            told = balanced(worker, began)
            if not told or told["events"]["total"]["received"] < 600:
                return False
            row, other = (told["services"][name]["total"] for name in SERVICES)
            if other["in_flight"]:  # a killed worker would leave them so
                return False
            ended = row["outcomes"]["expired"]  # breaks of hours ago
            assert sum(row["outcomes"].values()) == ended
            return bool(row["parked"] == row["decided"] - ended > 0 and other["parked"] == 0)

        await eventually(waits, within=60)
        worker.kill()
        result = await asyncio.to_thread(type_in, house, "--within", "20")
        assert (result.exit_code, "nothing is unexplained" in result.stderr) == (0, True)
        assert "parked" in result.stdout

        # The next owner counts the rows anew.
        worker.start()
        await eventually(waits, within=60)
