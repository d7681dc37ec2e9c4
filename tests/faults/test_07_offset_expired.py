"""Events are deleted before they are decided: told with the remedy, and with their number."""

import asyncio
import re
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from orchestrator.topics import EVENTS
from tests.faults.by_hand import delete_before, forget_offsets
from tests.faults.conftest import FaultReport
from tests.faults.under_load import refuses_to_go_on
from tests.faults.unknown_policy import another_policy, hold_up
from tests.product.house import PARTITIONS, House, school
from tests.product.oracle import judge, read_all

THIRD = 1_000
COUNT = 3 * THIRD
DELETED = 5
"""Of each partition, and the record that it waited at."""


@pytest.mark.fault(7)
async def test_events_deleted_undecided_stop_the_worker_and_its_remedy_loses_no_others(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        kafka = house.kafka.bootstrap_servers
        worker = house.new_worker()
        await asyncio.to_thread(worker.start)
        entries = school(COUNT, learners=200, seed=7)
        await house.add(entries[:THIRD])
        await house.settled(worker, THIRD)
        version = another_policy(tmp_path / "another.toml").version
        reached = await hold_up(house, range(PARTITIONS), version)
        await house.add(entries[THIRD : 2 * THIRD])
        await house.read_to_the_end(entries)
        await asyncio.to_thread(worker.stop)
        before = await read_all(kafka, PARTITIONS)
        await delete_before(kafka, {tp: offset + 1 + DELETED for tp, offset in reached.items()})

        said = await refuses_to_go_on(worker)
        told = dict(re.findall(r"partition (\d+): the committed offset (\d+) is gone", said))
        assert told == {str(tp.partition): str(offset) for tp, offset in reached.items()}
        assert f"{DELETED + 1} records were deleted unread" in said
        numbers = ",".join(map(str, range(PARTITIONS)))
        assert f"--delete-offsets --topic {EVENTS}:{numbers}" in said
        await forget_offsets(kafka, [TopicPartition(EVENTS, n) for n in range(PARTITIONS)])
        await asyncio.to_thread(worker.start)
        assert worker.log.read_text().count("events were deleted before they were decided") == 12
        await house.add(entries[2 * THIRD :])
        await house.read_to_the_end(entries)
        await house.settled(worker, COUNT - PARTITIONS * DELETED)

        log = await read_all(kafka, PARTITIONS)
        decided = {
            tp.partition: before[EVENTS][tp.partition][:offset] for tp, offset in reached.items()
        }
        left = {number: [*decided[number], *log[EVENTS][number]] for number in decided}
        findings = judge({**log, EVENTS: left}, house.policy, house.sandbox.calls.applied_keys())
        fault_report.tell(findings)
        assert findings.faults() == {}
        assert findings.events == len(entries) + PARTITIONS * (1 - DELETED)
