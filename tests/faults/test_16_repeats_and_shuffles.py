"""Producers that send everything ten times, in any order within a minute, and some a day late."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.clock import SystemClock
from orchestrator.core.decisions import decode_decisions
from orchestrator.core.events import EventType
from orchestrator.guarantee import Guarantee
from orchestrator.topics import DECISIONS
from tests.faults.conftest import FaultReport
from tests.product.ends import Log
from tests.product.house import PARTITIONS, Entry, House, school
from tests.product.oracle import read_all

SEED = 16
LEARNERS = 90
BURSTS = 5
BURST = 250
"""Events of all learners within a minute; the bursts are spread over more than a day."""

COPIES = 10
AT_MOST = 6
"""Different events of a learner within a minute."""

NEVER_TOO_LATE = {EventType.SEL_ALERT, EventType.ASSESSMENT_COMPLETE}


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    "guarantee",
    [
        Guarantee.AT_LEAST_ONCE,
        pytest.param(Guarantee.EXACTLY_ONCE, marks=pytest.mark.long),
    ],
)
async def test_each_event_of_ten_shuffled_copies_is_decided_once_whenever_they_come(
    tmp_path: Path, guarantee: Guarantee, fault_report: FaultReport
) -> None:
    rng = random.Random(SEED)
    bursts = _bursts(SystemClock().now())
    repeated_late, all_late = _late(bursts, rng)
    on_time, late = _sent(bursts, repeated_late, all_late, rng)
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        worker = house.new_worker()
        worker.start()
        await house.add(on_time)
        await house.settled(worker, len(on_time), within=120)
        await house.add(late)
        await house.settled(worker, len(on_time) + len(late), within=120)
        outcomes = _outcomes(await read_all(house.kafka.bootstrap_servers, PARTITIONS))
        findings = await house.judge([_id(entry) for entry in on_time + late])
        fault_report.tell(findings)

    once = {"decided": 1, "duplicate": COPIES - 1}
    never = {"late": COPIES}
    assert outcomes == {
        _id(entry): never if _id(entry) in all_late and _is_too_late(entry) else once
        for burst in bursts
        for entry in burst
    }
    assert len(repeated_late) > 50
    assert sum(each == never for each in outcomes.values()) > 5
    assert any(outcomes[each] == once for each in all_late)
    assert findings.faults() == {}


def _bursts(now: datetime) -> list[list[Entry]]:
    """Each within a minute of event time, with at most AT_MOST events of a learner."""
    entries = school(BURSTS * BURST, LEARNERS, SEED)
    return [
        _within_a_minute(
            entries[number * BURST : (number + 1) * BURST],
            now - timedelta(hours=26) * (1 - number / (BURSTS - 1)) - timedelta(minutes=2),
        )
        for number in range(BURSTS)
    ]


def _within_a_minute(entries: Sequence[Entry], since: datetime) -> list[Entry]:
    often: Counter[tuple[str, str]] = Counter()
    kept: list[Entry] = []
    for number, (stream, event) in enumerate(entries):
        learner = event["tenant_id"], event["learner_id"]
        often[learner] += 1
        if often[learner] <= AT_MOST:
            at = since + timedelta(minutes=1) * (number / len(entries))
            kept.append((stream, {**event, "timestamp": at.isoformat()}))
    return kept


def _late(bursts: Sequence[Sequence[Entry]], rng: random.Random) -> tuple[set[str], set[str]]:
    """Of the first burst: events of which some copies come a day late, and of which all do.

    Only of learners who are heard of in the last burst, or a day has not passed for them.
    """
    there = {_learner(entry) for entry in bursts[-1] if _is_activity(entry)}
    first = [_id(entry) for entry in bursts[0] if _learner(entry) in there]
    rng.shuffle(first)
    return set(first[40:]), set(first[:40])


def _sent(
    bursts: Sequence[Sequence[Entry]],
    repeated_late: set[str],
    all_late: set[str],
    rng: random.Random,
) -> tuple[list[Entry], list[Entry]]:
    """All copies in the order in which they are sent: burst by burst; and those that come late."""
    sent, late = [], []
    for burst in bursts:
        now = []
        for entry in burst:
            held = COPIES if _id(entry) in all_late else 3 if _id(entry) in repeated_late else 0
            late += [entry] * held
            now += [entry] * (COPIES - held)
        rng.shuffle(now)
        sent += now
    rng.shuffle(late)
    return sent, late


def _outcomes(log: Log) -> dict[str, Mapping[str, int]]:
    """By event, what its copies came to."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for records in log[DECISIONS].values():
        for record in records:
            for row in decode_decisions(record.value or b"").rows:
                found[row.event_id][row.outcome] += 1
    return dict(found)


def _id(entry: Entry) -> str:
    return str(entry[1]["id"])


def _learner(entry: Entry) -> tuple[str, str]:
    return str(entry[1]["tenant_id"]), str(entry[1]["learner_id"])


def _is_activity(entry: Entry) -> bool:
    return EventType(entry[1]["type"]) is not EventType.SEL_ALERT


def _is_too_late(entry: Entry) -> bool:
    return EventType(entry[1]["type"]) not in NEVER_TOO_LATE
