"""How actions ended, counted once each; and what the decide agent is told of."""

from datetime import timedelta
from typing import Any

import pytest

from agents.count import count_dead_letters, count_outcomes
from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.core.dead_letters import REPLAYED_AT
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import LevelSuggestionFailed
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId, learner_key
from orchestrator.core.levels import Level
from orchestrator.core.outcomes import ActionOutcome, encode_outcome
from orchestrator.core.refusals import Refusal
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import DEAD_LETTERS, EVENTS, OUTCOMES, STATISTICS_CHANGELOG
from tables.statistics import OUTCOME_ROWS, load_letters, load_row
from tests.functional.agents.fake_kafka import Crashed, FakeKafka
from tests.unit.delivery.samples import EVENT_AT
from tests.unit.stream.samples import record

NOW = EVENT_AT + timedelta(hours=25)


def outcome(serial: int, how: Outcome = Outcome.DELIVERED, **changes: Any) -> ActionOutcome:
    fields: dict[str, Any] = {
        "action_id": ActionId(f"a{serial}"),
        "type": ActionType.LEVEL_SUGGESTED,
        "service": Service.LEARNER,
        "tenant_id": TenantId("school 1"),
        "learner_id": LearnerId("learner/7"),
        "event_id": EventId("e1"),
        "rule": "level.up.streak",
        "at": NOW,
        "created_at": EVENT_AT,
        "attempts": 1,
        "permanent_level": True,
        "correlation_id": "upload-9",
    }
    return ActionOutcome(serial=serial, outcome=how, **(fields | changes))


def records(*outcomes: ActionOutcome) -> list[RawRecord]:
    return [
        record(n, encode_outcome(each), topic=OUTCOMES) for n, each in enumerate(outcomes, start=70)
    ]


def counted(table: PartitionTable, service: Service = Service.LEARNER) -> dict[str, int]:
    return load_row(table, 0, OUTCOME_ROWS[service]).counts


def told(kafka: FakeKafka) -> list[LevelSuggestionFailed]:
    events = [decode_event(each.value or b"") for each in kafka.topics[EVENTS]]
    assert all(isinstance(event, LevelSuggestionFailed) for event in events)
    return events  # type: ignore[return-value]


@pytest.fixture
def kafka() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def statistics(kafka: FakeKafka) -> PartitionTable:
    return kafka.statistics()


async def test_outcomes_are_counted_by_how_and_by_service(
    kafka: FakeKafka, statistics: PartitionTable
) -> None:
    batch = records(
        outcome(1),
        outcome(1, Outcome.EXPIRED, service=Service.NOTIFICATION, permanent_level=False),
        outcome(2),
        outcome(3, Outcome.SUPERSEDED),
    )
    await count_outcomes(kafka, statistics, batch, NOW)
    assert counted(statistics) == {"delivered": 2, "superseded": 1}
    assert counted(statistics, Service.NOTIFICATION) == {"expired": 1}
    assert kafka.restored(STATISTICS_CHANGELOG) == dict(statistics.partition(0))


async def test_what_is_written_again_is_counted_once(
    kafka: FakeKafka, statistics: PartitionTable
) -> None:
    first = [outcome(n) for n in (1, 2, 3)]
    await count_outcomes(kafka, statistics, records(*first[:2]), NOW)
    await count_outcomes(kafka, statistics, records(*first, *first), NOW)
    await count_outcomes(kafka, statistics, records(first[2], outcome(4)), NOW)
    assert counted(statistics) == {"delivered": 4}


async def test_an_end_that_replaces_another_is_counted_in_its_place_once(
    kafka: FakeKafka, statistics: PartitionTable
) -> None:
    path: dict[str, Any] = {"permanent_level": False, "action_id": ActionId("a1")}
    first = outcome(1, Outcome.REJECTED, **path)
    second = outcome(2, Outcome.REJECTED, replaces=Outcome.REJECTED, **path)
    third = outcome(3, Outcome.DELIVERED, replaces=Outcome.REJECTED, **path)
    for batch in ([first], [second, second], [first, second], [third], [second, third]):
        await count_outcomes(kafka, statistics, records(*batch), NOW)
        assert sum(counted(statistics).values()) == 1
    assert counted(statistics) == {"rejected": 0, "delivered": 1}
    assert kafka.topics[EVENTS] == []


async def test_a_level_that_did_not_arrive_is_told_once_with_the_last_that_did(
    kafka: FakeKafka, statistics: PartitionTable
) -> None:
    failed = outcome(1, Outcome.REJECTED, delivered_level="easy")
    await count_outcomes(kafka, statistics, records(failed, failed), NOW)
    await count_outcomes(kafka, statistics, records(failed), NOW)
    (event,) = told(kafka)
    assert (event.id, event.timestamp, event.received_at) == ("failed:a1", EVENT_AT, NOW)
    assert (event.tenant_id, event.learner_id) == ("school 1", "learner/7")
    assert event.correlation_id == "upload-9"
    assert event.data.action_id == "a1"
    assert event.data.outcome is Outcome.REJECTED
    assert event.data.delivered_level is Level.EASY
    assert kafka.topics[EVENTS][0].key == learner_key("school 1", "learner/7")


@pytest.mark.parametrize("how", list(Outcome))
async def test_only_a_rejected_expired_or_failed_permanent_level_is_told(
    kafka: FakeKafka, statistics: PartitionTable, how: Outcome
) -> None:
    batch = records(
        outcome(1, how),
        outcome(2, how, permanent_level=False),
        outcome(3, how, type=ActionType.LEARNING_PATH_UPDATE, permanent_level=False),
    )
    await count_outcomes(kafka, statistics, batch, NOW)
    failing = how in {Outcome.REJECTED, Outcome.EXPIRED, Outcome.FAILED}
    assert [event.data.action_id for event in told(kafka)] == (["a1"] if failing else [])
    assert counted(statistics) == {how: 3}


@pytest.mark.parametrize(
    ("delivered", "level"),
    [(None, None), ("advanced", Level.ADVANCED), ("genius", None), ("", None)],
)
async def test_no_level_is_told_where_none_arrived_or_none_of_ours(
    kafka: FakeKafka, statistics: PartitionTable, delivered: str | None, level: Level | None
) -> None:
    failed = outcome(1, Outcome.EXPIRED, delivered_level=delivered)
    await count_outcomes(kafka, statistics, records(failed), NOW)
    assert told(kafka)[0].data.delivered_level is level


@pytest.mark.parametrize("topic", [EVENTS, STATISTICS_CHANGELOG])
async def test_a_crash_in_between_counts_nothing_twice_and_loses_nothing(
    kafka: FakeKafka, topic: str
) -> None:
    batch = records(outcome(1, Outcome.REJECTED), outcome(2))

    def crash(topics: frozenset[str]) -> None:
        if topic in topics:
            raise Crashed(topic)

    kafka.step = crash
    table = kafka.statistics()
    with pytest.raises(Crashed):
        await count_outcomes(kafka, table, batch, NOW)
    assert dict(table.partition(0)) == {}
    kafka.step = lambda _topics: None
    table = kafka.statistics()
    await count_outcomes(kafka, table, batch, NOW)
    assert counted(table) == {"rejected": 1, "delivered": 1}
    # Told twice after a crash, under the same id: the decide agent takes it as one.
    assert {event.id for event in told(kafka)} == {"failed:a1"}


@pytest.mark.parametrize("raw", [b"", b"no json", b"{}", b"[" * 100_000, b'{"serial": -1}'])
async def test_what_is_no_outcome_becomes_a_dead_letter_and_holds_up_nothing(
    kafka: FakeKafka, statistics: PartitionTable, raw: bytes
) -> None:
    batch = [record(5, raw, topic=OUTCOMES, partition=0), *records(outcome(1))]
    await count_outcomes(kafka, statistics, batch, NOW)
    assert counted(statistics) == {"delivered": 1}
    (letter,) = kafka.topics[DEAD_LETTERS]
    assert letter.value == raw
    assert dict(letter.headers)["source"] == f"kafka:{OUTCOMES}:0:5".encode()
    assert dict(letter.headers)["reason"] == Refusal.UNDELIVERABLE.encode()


async def test_dead_letters_are_counted_by_reason_each_once(
    kafka: FakeKafka, statistics: PartitionTable
) -> None:
    def letter(offset: int, *headers: tuple[str, bytes]) -> RawRecord:
        return record(offset, topic=DEAD_LETTERS, headers=headers)

    batch = [
        letter(0, ("reason", b"unknown type"), ("detail", b"x")),
        letter(1, ("reason", b"unknown type")),
        letter(2, ("reason", b"\xff")),
        letter(3),
    ]
    await count_dead_letters(kafka, statistics, batch[:3])
    await count_dead_letters(kafka, statistics, batch)
    counts = load_letters(statistics, 0).counts
    assert counts == {"unknown type": 2, "\N{REPLACEMENT CHARACTER}": 1, "unreadable": 1}


async def test_a_letter_that_the_bridge_wrote_twice_and_the_mark_of_a_replay_count_once(
    kafka: FakeKafka, statistics: PartitionTable
) -> None:
    def letter(offset: int, *headers: tuple[str, bytes]) -> RawRecord:
        source = ("source", b"redis:aivo.events.sel:1767600000000-7")
        return record(offset, topic=DEAD_LETTERS, headers=(source, *headers))

    batch = [letter(0, ("reason", b"unknown type")), letter(1, ("reason", b"unknown type"))]
    await count_dead_letters(kafka, statistics, batch)
    marks = [letter(2, (REPLAYED_AT, b"2026-01-05T08:00:00Z")), letter(3, ("reason", b"no json"))]
    await count_dead_letters(kafka, statistics, marks)
    counters = load_letters(statistics, 0)
    assert (counters.counts, counters.entrance, counters.last) == ({"unknown type": 1}, 1, 3)
