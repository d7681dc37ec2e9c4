"""A worker is told to stop in the middle of the work: it ends soon, in order, and for good."""

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from orchestrator.core.fold import COUNTERS_KEY, load_counters
from orchestrator.embedded.sandbox import CallLog
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from orchestrator.topics import EVENTS, LEARNER_STATE_CHANGELOG
from tests.faults.conftest import FaultReport
from tests.faults.under_load import loaded, nothing_is_lost_or_doubled
from tests.integration.stream.workers import committed
from tests.product.house import PARTITIONS, House, school
from tests.product.oracle import read_all

COUNT = 6_000
RATE = 400
STOPS_WITHIN_S = 10.0
CALLS_BEFORE = (300, 900)


@pytest.mark.fault(3)
@pytest.mark.parametrize(
    "guarantee",
    [Guarantee.AT_LEAST_ONCE, pytest.param(Guarantee.EXACTLY_ONCE, marks=pytest.mark.long)],
)
async def test_a_worker_told_to_stop_under_load_exits_with_0_in_time_and_nothing_is_redone(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee
) -> None:
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        worker = house.new_worker()
        entries = school(COUNT, learners=200, seed=3)
        async with loaded(house, entries, RATE):
            for calls in CALLS_BEFORE:
                await asyncio.to_thread(worker.start)
                await house.sandbox.wait_for(partial(more_than, calls), within=60)
                await stops_in_order(worker)
                assert await committed_events(house) == await decided_events(house)
            await asyncio.to_thread(worker.start)
        await nothing_is_lost_or_doubled(
            house, worker, entries, fault_report, guarantee, kills=0, repeats=False
        )


def more_than(count: int, calls: CallLog) -> bool:
    return calls.received > count


async def stops_in_order(worker: WorkerProcess) -> None:
    began = time.monotonic()
    await asyncio.to_thread(worker.stop, 2 * STOPS_WITHIN_S)
    assert worker.exit_code == 0, worker.log.read_text()[-3000:]
    assert time.monotonic() - began < STOPS_WITHIN_S


async def committed_events(house: House) -> dict[int, int]:
    """The group's offset in each partition of the events."""
    offsets = await committed(house.kafka.bootstrap_servers, "orchestrator")
    return {
        number: offsets[TopicPartition(EVENTS, number)]
        for number in range(PARTITIONS)
        if TopicPartition(EVENTS, number) in offsets
    }


async def decided_events(house: House) -> dict[int, int]:
    """One past the last event that each partition's states have taken in."""
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    counters = {
        number: load_counters({COUNTERS_KEY: record.value or b""})
        for number, records in log[LEARNER_STATE_CHANGELOG].items()
        for record in records
        if record.key == COUNTERS_KEY
    }
    return {number: counter.offset + 1 for number, counter in counters.items()}
