"""The state is gone: with the worker that held it, with its changelog, or with its events."""

import asyncio
import re
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from orchestrator.core.event_codec import decode_event
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from orchestrator.stream.records import RawRecord
from orchestrator.topics import EVENTS, LEARNER_STATE_CHANGELOG
from tests.faults.by_hand import delete_topic, forget_offsets, make_topic_anew, move_offsets
from tests.faults.conftest import FaultReport
from tests.faults.under_load import nothing_is_lost_or_doubled, refuses_to_go_on
from tests.product.ends import Log
from tests.product.house import PARTITIONS, Entry, House, school
from tests.product.oracle import read_all

COUNT = 3_000
LOST = 5
PLAIN = Guarantee.AT_LEAST_ONCE


async def decided(house: House, worker: WorkerProcess, entries: list[Entry]) -> Log:
    """Have them decided, stop the worker, and return what Kafka has then."""
    await asyncio.to_thread(worker.start)
    await house.add(entries)
    await house.read_to_the_end(entries)
    await house.settled(worker, len(entries))
    await asyncio.to_thread(worker.stop)
    return await read_all(house.kafka.bootstrap_servers, PARTITIONS)


@pytest.mark.long
@pytest.mark.fault(6)
async def test_a_worker_without_its_state_restores_all_of_it_before_it_decides(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        entries = school(COUNT, learners=200, seed=6)
        await decided(house, house.new_worker(), entries[: COUNT // 2])
        await house.add(entries[COUNT // 2 :])  # they wait for whoever comes
        other = house.new_worker()
        await asyncio.to_thread(other.start)
        [restored] = re.findall(r'"restored_records": (\d+)', other.log.read_text())
        assert int(restored) > 200
        await nothing_is_lost_or_doubled(
            house, other, entries, fault_report, PLAIN, kills=0, repeats=False
        )


@pytest.mark.fault(6)
async def test_a_changelog_that_was_cut_short_stops_the_worker_and_its_remedy_helps(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        kafka = house.kafka.bootstrap_servers
        entries = school(COUNT, learners=200, seed=6)
        worker = house.new_worker()
        log = await decided(house, worker, entries[: COUNT // 2])
        short = {number: log[LEARNER_STATE_CHANGELOG][number] for number in range(PARTITIONS)}
        for number in (0, 5):
            batches = [n for n, r in enumerate(short[number]) if r.key == COUNTERS_KEY]
            short[number] = short[number][: batches[len(batches) // 2 - 1] + 1]
        await make_topic_anew(kafka, LEARNER_STATE_CHANGELOG, short)

        said = await refuses_to_go_on(worker)
        remedies = re.findall(r"partition (\d+) is decided up .*? back to (\d+) with", said)
        assert {number for number, _ in remedies} == {"0", "5"}
        await move_offsets(kafka, {TopicPartition(EVENTS, int(n)): int(o) for n, o in remedies})
        await asyncio.to_thread(worker.start)
        await house.add(entries[COUNT // 2 :])
        await nothing_is_lost_or_doubled(house, worker, entries, fault_report, PLAIN, kills=0)
        assert fault_report.figures["redelivered"] > 0


@pytest.mark.long
@pytest.mark.fault(6)
@pytest.mark.parametrize("copy", [True, False], ids=["from_a_copy", "decided_anew"])
async def test_events_that_lost_their_end_stop_the_worker_and_either_remedy_helps(
    tmp_path: Path, fault_report: FaultReport, copy: bool
) -> None:
    """Of one stream, which comes back in the same order when it is sent again."""
    entries = [each for each in school(COUNT, 200, seed=6) if each[0] == "aivo.events.coursework"]
    async with House(tmp_path) as house:
        kafka = house.kafka.bootstrap_servers
        worker = house.new_worker()
        log = await decided(house, worker, entries[: len(entries) // 2])
        left = {number: log[EVENTS][number][:-LOST] for number in range(PARTITIONS)}
        await make_topic_anew(kafka, EVENTS, left)

        said = await refuses_to_go_on(worker)
        assert "whose log ends at" in said
        if copy:
            await make_topic_anew(kafka, EVENTS, log[EVENTS])
        else:
            assert f"delete the topic {LEARNER_STATE_CHANGELOG} and forget" in said
            assert f"--delete-offsets --topic {EVENTS}." in said
            await delete_topic(kafka, LEARNER_STATE_CHANGELOG)
            await forget_offsets(kafka, [TopicPartition(EVENTS, n) for n in range(PARTITIONS)])
            gone = _ids([record for number in left for record in log[EVENTS][number][-LOST:]])
            await house.add([each for each in entries if each[1]["id"] in gone])
        await asyncio.to_thread(worker.start)
        await house.add(entries[len(entries) // 2 :])
        # What was decided of the lost offsets is still told, beside what stands there now.
        told_of_the_past = {} if copy else {"decided_twice": LOST * PARTITIONS}
        await nothing_is_lost_or_doubled(
            house, worker, entries, fault_report, PLAIN, kills=0, accepted=told_of_the_past
        )


def _ids(records: list[RawRecord]) -> set[str]:
    """Of the events among them; the worker's own notes come again by themselves."""
    return {decode_event(r.value or b"").id for r in records if r.key != CONTROL_KEY}
