"""What is no event among events, or is none only in Kafka: refused, and its neighbours live."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from orchestrator.core.refusals import Refusal
from orchestrator.stream.producer import send_to
from orchestrator.stream.records import Record
from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT, EVENTS
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended
from tests.product.bad_entries import TOO_DEEP
from tests.product.envelopes import Entry, envelope
from tests.product.house import PARTITIONS, House, school
from tests.product.letters import assert_balanced, letters, put, reason, said
from tests.waiting import eventually

EVENTS_OF_A_PART = 150
OF_ACTIONS = "kafka:orchestrator.actions."
POISON: list[tuple[Entry, str]] = [
    ({"data": "{"}, Refusal.MALFORMED_JSON),
    ({"data": b"\xff\xfe"}, Refusal.NOT_UTF8),
    ({"event": TOO_DEEP}, Refusal.MALFORMED_JSON),
    (envelope("poison", type="COFFEE_READY"), Refusal.UNKNOWN_TYPE),
]

NO_EVENTS: list[tuple[Record, str]] = [
    (Record(b"tenant-0/learner-1", b"{"), Refusal.MALFORMED_JSON),
    (Record(b"tenant-0/learner-1", b"\xff"), Refusal.NOT_UTF8),
    (Record(None, b"[]"), Refusal.NOT_AN_OBJECT),
    (Record(b"tenant-0/learner-1", None), Refusal.MALFORMED_JSON),
]
"""Records of another program in the topic of events, in partitions 0, 1, 2, ..."""

NO_ACTIONS = (b"", b"{", b'{"action_id": "a"}', TOO_DEEP.encode())


async def write(house: House, topic: str, records: Sequence[Record]) -> list[str]:
    """One record to each partition from 0 on; the sources that their dead letters have."""
    kafka = {"bootstrap_servers": house.kafka.bootstrap_servers}
    offsets = await send_to(kafka, topic, dict(enumerate(records)))
    return [f"kafka:{topic}:{number}:{offset}" for number, offset in offsets.items()]


async def add_around(
    house: House, events: list[tuple[str, Entry]], poison: list[tuple[Entry, str]]
) -> dict[str, str]:
    """Poison at the beginning of each stream, amid its events and at their end; its sources."""
    streams = sorted({stream for stream, _ in events})
    bad = [(stream, each) for stream in streams for each, _ in poison]
    half = len(events) // 2
    sources = await put(house, [*bad, *events[:half], *bad, *events[half:], *bad])
    ends = [len(bad), len(bad) + half, 2 * len(bad) + half, 2 * len(bad) + len(events)]
    bad_sources = sources[: ends[0]] + sources[ends[1] : ends[2]] + sources[ends[3] :]
    reasons = [why for _ in streams for _, why in poison] * 3
    return dict(zip(bad_sources, reasons, strict=True))


@pytest.mark.fault(12)
async def test_poison_in_redis_and_in_kafka_is_a_dead_letter_with_its_reason_and_harms_nobody(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    events = school(2 * EVENTS_OF_A_PART, learners=30, seed=12)
    entries: list[tuple[str, Entry]] = [
        (stream, {"data": msgspec.json.encode(event)}) for stream, event in events
    ]
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        expected = await add_around(house, entries[:EVENTS_OF_A_PART], POISON)
        records = [record for record, _ in NO_EVENTS] * (PARTITIONS // len(NO_EVENTS))
        sources = await write(house, EVENTS, records)
        reasons = [why for _, why in NO_EVENTS] * (PARTITIONS // len(NO_EVENTS))
        expected |= dict(zip(sources, reasons, strict=True))
        for topic in (ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT):
            no_actions = [Record(b"tenant-0/learner-1", value) for value in NO_ACTIONS]
            sources = await write(house, topic, no_actions * (PARTITIONS // len(NO_ACTIONS)))
            expected |= dict.fromkeys(sources, str(Refusal.UNDELIVERABLE))
        await put(house, entries[EVENTS_OF_A_PART:])

        refused = [each for each in expected if not each.startswith(OF_ACTIONS)]
        figures = await all_ended(worker, len(events) + len(refused))
        assert figures["total_events_processed"] == len(events)
        assert figures["dead_letters"] == len(refused)
        assert_balanced(figures)
        await eventually(lambda: has_letters(house, len(expected)), within=60)
        found = await letters(house)
        told = {source: [reason(each) for each in them] for source, them in found.items()}
        assert told == {source: [why] for source, why in expected.items()}
        assert all(said(each, "detail") for them in found.values() for each in them)
        assert await house.pending(sorted({stream for stream, _ in events})) == 0
        findings = await house.judge([str(event["id"]) for _, event in events])
        fault_report.tell(findings)
        assert findings.faults() == {}


async def has_letters(house: House, count: int) -> bool:
    return len(await letters(house)) >= count
