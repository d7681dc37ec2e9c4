"""A partition's first batch is slow, later ones of others are done, and the power goes."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from orchestrator.guarantee import Guarantee
from orchestrator.topics import EVENTS
from tests.faults.by_hand import GROUP, ends
from tests.faults.conftest import FaultReport
from tests.faults.under_load import nothing_is_lost_or_doubled
from tests.faults.unknown_policy import another_policy, hold_up
from tests.integration.stream.workers import committed
from tests.product.house import PARTITIONS, House, school
from tests.product.versions import operate
from tests.waiting import eventually

COUNT = 3_000
SLOW = (2, 7)


@pytest.mark.long
@pytest.mark.fault(2)
@pytest.mark.parametrize(
    "guarantee",
    [Guarantee.AT_LEAST_ONCE, pytest.param(Guarantee.EXACTLY_ONCE, marks=pytest.mark.long)],
)
async def test_no_offset_is_committed_past_a_slow_batch_whatever_is_done_after_it(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee
) -> None:
    policy = another_policy(tmp_path / "another.toml")
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        house.later_policies.append(policy)
        worker = house.new_worker()
        await asyncio.to_thread(worker.start)
        entries = school(COUNT, learners=200, seed=2)
        await house.add(entries[: COUNT // 2])
        await house.settled(worker, COUNT // 2)
        slow = await hold_up(house, SLOW, policy.version)
        await house.add(entries[COUNT // 2 :])
        await house.read_to_the_end(entries)
        for _ in range(2):  # before the kill, and after it
            await eventually(lambda: only_the_slow_ones_wait(house, slow), within=60)
            await asyncio.to_thread(worker.kill)
            await asyncio.to_thread(worker.start)
        assert await only_the_slow_ones_wait(house, slow)
        told = await operate(house, None, "policy", "activate", str(tmp_path / "another.toml"))
        assert told.returncode == 0, told.stderr
        await nothing_is_lost_or_doubled(house, worker, entries, fault_report, guarantee, kills=2)


async def only_the_slow_ones_wait(house: House, slow: Mapping[TopicPartition, int]) -> bool:
    """Whether all partitions are decided to their ends, but these to where their wait begins."""
    kafka = house.kafka.bootstrap_servers
    tps = [TopicPartition(EVENTS, number) for number in range(PARTITIONS)]
    done = await committed(kafka, GROUP)
    log_ends = await ends(kafka, tps)
    assert all(done[tp] <= offset for tp, offset in slow.items())
    assert all(log_ends[tp] > offset + 1 for tp, offset in slow.items())
    return all(done.get(tp, 0) == log_ends[tp] for tp in tps if tp not in slow)
