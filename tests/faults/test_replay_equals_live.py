"""The events, decided once more in one process, come to what the workers wrote while they died."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.actions import ActionType
from orchestrator.core.dead_letters import REPLAYED_FROM
from orchestrator.core.decide import DecisionOutcome
from orchestrator.core.event_codec import encode_event, event_from
from orchestrator.core.events import INTERNAL, EventType
from orchestrator.core.ids import learner_key
from orchestrator.core.policy import load_policy
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    CanaryEnded,
    CanaryStarted,
    Control,
    PolicyText,
    encode_control,
    encode_policy_text,
)
from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.guarantee import Guarantee
from orchestrator.operations.sending import sender
from orchestrator.stream.producer import send_to
from orchestrator.stream.records import Record
from orchestrator.topics import EVENTS, POLICIES
from tests.faults.under_load import loaded
from tests.integration.product.test_policy import activate
from tests.product.house import CONFIG, PARTITIONS, Entry, House, Worker, erase, post, school
from tests.product.oracle import read_all
from tests.product.replayed import LogSource, differences, live, replayed

COUNT = 3_000
RATE = 250
LEARNERS = 60
DAY = timedelta(hours=30)

TEXT = (CONFIG / "policy.toml").read_text()
WORDS = (CONFIG / "messages.en.toml").read_text()
TRIED = PolicyText(TEXT.replace("repeated = 2", "repeated = 3"), WORDS)
"""The canary's."""

HAPPENED = {*EventType, *INTERNAL, *ActionType, *DecisionOutcome, "asked", "refused", "replayed"}
"""What has to be among it, or it would prove less."""


def days() -> Iterator[Entry]:
    """Events of all types; some come twice, some a day late, and some are none."""
    for number, (stream, event) in enumerate(school(COUNT, LEARNERS, seed=28)):
        match number % 12:
            case 3:
                data = {"communication_score": (number % 10) / 10}
                yield "aivo.events.slp", {**event, "type": "SLP_UPDATED", "data": data}
            case 6:
                data = {"engagement_score": 0.1}
                yield "aivo.events.learner", {**event, "type": "ENGAGEMENT_LOW", "data": data}
            case 9:
                yield stream, event
                yield stream, event
            case 11:
                late = datetime.fromisoformat(event["timestamp"]) - DAY
                yield stream, {**event, "timestamp": late.isoformat()}
            case _:
                yield stream, event


async def add_by_hand(house: House) -> None:
    """What another program may write among the events, right and wrong; and a letter's replay."""
    at = "2026-01-05T08:00:00+00:00"
    told = {"id": "again", "type": "SEL_ALERT", "tenant_id": "tenant-1", "learner_id": "by-hand"}
    moments = {"timestamp": at, "received_at": at}
    event = encode_event(event_from({**told, **moments, "data": {"alert_type": "anxiety"}}))
    key = learner_key("tenant-1", "by-hand")
    records = [
        Record(key, b"no event"),
        Record(b"tenant-1/another", event),
        Record(key, None),
        Record(CONTROL_KEY, b"no control"),
        Record(key, event, ((REPLAYED_FROM, b"redis:aivo.events.sel:1-1"),)),
    ]
    async with sender({"bootstrap_servers": house.kafka.bootstrap_servers}) as kafka:
        await kafka.send(EVENTS, records)


def ask(worker: Worker, learner: str) -> None:
    """An event whose decision somebody waits for."""
    event: dict[str, Any] = {"type": "ASSESSMENT_COMPLETE", "data": {"score": 0.95}}
    post(worker, "/internal/trigger", {**event, "tenant_id": "tenant-1", "learner_id": learner})


async def write_control(house: House, control: Control) -> None:
    """Write it to all partitions, as a command would."""
    kafka = {"bootstrap_servers": house.kafka.bootstrap_servers}
    record = Record(CONTROL_KEY, encode_control(control))
    await send_to(kafka, EVENTS, dict.fromkeys(range(PARTITIONS), record))


async def start_canary(house: House) -> None:
    """Its policy's text first, so that every worker can know it."""
    kafka = {"bootstrap_servers": house.kafka.bootstrap_servers}
    version = TRIED.load().version
    await send_to(kafka, POLICIES, {0: Record(version.encode(), encode_policy_text(TRIED))})
    await write_control(house, CanaryStarted("the-canary", version, percent=40))


async def befall(house: House, candidate: Path) -> None:
    """Two workers are killed and a third comes and goes, while the policy changes amid the load.

    Meanwhile a canary begins, and ends.
    """
    one, other, third = [house.new_worker() for _ in range(3)]
    await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in (one, other)))
    async with loaded(house, list(days()), RATE):
        house.sandbox.put_fault(Service.LEARNER, Mode.BAD_REQUEST, times=30)
        await add_by_hand(house)
        await start_canary(house)
        await asyncio.to_thread(ask, one, "asked-of-one")
        await asyncio.to_thread(one.kill)
        await asyncio.gather(asyncio.to_thread(one.start), asyncio.to_thread(third.start))
        await asyncio.to_thread(activate, house, candidate)
        for number in range(5):
            await asyncio.to_thread(erase, other, f"tenant-{number % 3}", f"learner-{number}")
        await asyncio.to_thread(other.kill)
        await asyncio.gather(asyncio.to_thread(other.start), asyncio.to_thread(third.stop, 20.0))
        await asyncio.to_thread(ask, other, "asked-of-another")
        await write_control(house, CanaryEnded("the-canary", "seen enough"))
    await house.read_to_the_end(list(days()))
    await house.settled(one, COUNT, within=120)


@pytest.mark.parametrize(
    "guarantee",
    [Guarantee.AT_LEAST_ONCE, pytest.param(Guarantee.EXACTLY_ONCE, marks=pytest.mark.long)],
)
async def test_a_replay_of_the_events_gives_what_the_workers_wrote_byte_by_byte(
    tmp_path: Path, guarantee: Guarantee
) -> None:
    candidate = tmp_path / "candidate.toml"
    candidate.write_text(TEXT.replace("after_minutes = 25", "after_minutes = 20"))
    settings = {"PROCESSING_GUARANTEE": guarantee, "KAFKA_SESSION_TIMEOUT": "3"}
    async with House(tmp_path, settings) as house:
        await befall(house, candidate)
        log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)

    texts = {"first": (TEXT, WORDS), "second": (candidate.read_text(), WORDS)}
    texts["tried"] = (TRIED.policy, TRIED.messages)
    wrote, contradictions = live(log)
    again = replayed(LogSource(log, texts))
    assert contradictions == []
    assert differences(wrote, again) == []
    if guarantee is Guarantee.EXACTLY_ONCE:
        assert wrote.seen["repeats"] == 0
    versions = {load_policy(*each).version for each in texts.values()}
    assert {what for what in HAPPENED | versions if not again.seen[what]} == set()
    # And the comparison can tell: a replay that begins under the other policy is not the same.
    assert differences(wrote, replayed(LogSource(log, dict(reversed(texts.items()))))) != []
