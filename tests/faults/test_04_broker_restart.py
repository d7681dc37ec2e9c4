"""The broker dies and comes back, at once or a minute later; workers wait for it."""

import asyncio
from pathlib import Path

import pytest

from orchestrator.guarantee import Guarantee
from tests.faults.conftest import FaultReport
from tests.faults.under_load import loaded, nothing_is_lost_or_doubled
from tests.product.house import House, school
from tests.waiting import eventually

RATE = 300


@pytest.mark.fault(4)
@pytest.mark.parametrize(
    ("guarantee", "away_s"),
    [
        pytest.param(Guarantee.EXACTLY_ONCE, 0.0),
        pytest.param(Guarantee.AT_LEAST_ONCE, 0.0, marks=pytest.mark.long),
        pytest.param(Guarantee.EXACTLY_ONCE, 60.0, marks=pytest.mark.long),
        pytest.param(Guarantee.AT_LEAST_ONCE, 60.0, marks=pytest.mark.long),
    ],
)
async def test_workers_outlive_a_broker_that_is_killed_and_comes_back(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee, away_s: float
) -> None:
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        workers = [house.new_worker(), house.new_worker()]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
        first = [worker.pid for worker in workers]
        entries = school(int(RATE * (15 + away_s / 4)), learners=200, seed=4)
        async with loaded(house, entries, RATE):
            await eventually(lambda: house.sandbox.calls.received > 300, within=60)
            await asyncio.to_thread(house.kafka.kill)
            await asyncio.sleep(away_s)  # the fault lasts so long
            await asyncio.to_thread(house.kafka.start)
        await nothing_is_lost_or_doubled(
            house, workers[0], entries, fault_report, guarantee, kills=1
        )
        assert [worker.pid for worker in workers] == first
