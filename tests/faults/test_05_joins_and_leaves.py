"""Workers come and go without end; whoever has a learner, somebody decides for them."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.clock import SystemClock
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from orchestrator.topics import DECISIONS
from tests.faults.conftest import FaultReport
from tests.faults.under_load import loaded, nothing_is_lost_or_doubled
from tests.product.house import PARTITIONS, House, school
from tests.product.oracle import read_all

SECONDS = 120
RATE = 50
ROUNDS = 5
"""Of two workers, each with a join and a leave: 20 in all."""

IDLE_AT_MOST_S = 60.0


async def come_and_go(worker: WorkerProcess, after_s: float) -> float:
    """ROUNDS joins and leaves, evenly over SECONDS if there is time; returns when it ended."""
    loop = asyncio.get_running_loop()
    began = loop.time() + after_s
    half_s = SECONDS / ROUNDS / 2
    for turn in range(ROUNDS):
        await asyncio.sleep(began + 2 * turn * half_s - loop.time())
        await asyncio.to_thread(worker.start)
        await asyncio.sleep(began + (2 * turn + 1) * half_s - loop.time())
        await asyncio.to_thread(worker.stop, 20.0)
        assert worker.exit_code == 0, worker.log.read_text()[-3000:]
    return loop.time()


@pytest.mark.long
@pytest.mark.fault(5)
@pytest.mark.parametrize(
    ("static", "guarantee"),
    [(False, Guarantee.AT_LEAST_ONCE), (True, Guarantee.EXACTLY_ONCE)],
    ids=["dynamic-at_least_once", "static-exactly_once"],
)
async def test_twenty_joins_and_leaves_in_two_minutes_leave_no_partition_idle_for_a_minute(
    tmp_path: Path, fault_report: FaultReport, static: bool, guarantee: Guarantee
) -> None:
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        names = [{"GROUP_INSTANCE_ID": f"worker-{n}"} if static else {} for n in range(3)]
        stays, *others = [house.new_worker(**name) for name in names]
        await asyncio.to_thread(stays.start)
        entries = school(SECONDS * RATE, learners=300, seed=5)
        began = SystemClock().now().timestamp()
        async with loaded(house, entries, RATE), asyncio.TaskGroup() as all_of_them:
            for number, worker in enumerate(others):
                all_of_them.create_task(come_and_go(worker, number * SECONDS / ROUNDS / 4))
        await nothing_is_lost_or_doubled(house, stays, entries, fault_report, guarantee, kills=0)
        log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
        for number, records in log[DECISIONS].items():
            times = [began, *(record.timestamp / 1000 for record in records)]
            assert longest_gap(times) < IDLE_AT_MOST_S, number
            assert times[-1] > began + SECONDS - IDLE_AT_MOST_S, number


def longest_gap(times: Iterable[float]) -> float:
    """The most seconds between two neighbours."""
    return max(later - earlier for earlier, later in pairwise(sorted(times)))
