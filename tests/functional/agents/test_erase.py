"""An erasure on its way: decided, told to the delivery in its place, and counted."""

from collections.abc import Iterable

import pytest

from agents.count import count_dead_letters, count_outcomes
from agents.decide import note_policy, write_down
from agents.deliver import take_on
from agents.hide import hide_letters
from orchestrator.core.actions import Service
from orchestrator.core.dead_letters import ERASED_LEARNER, learner_hash
from orchestrator.core.erasures import ERASURE, is_erasure
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import Batch, Folded, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.refusals import Refusal
from orchestrator.read_model.action_topics import KINDS_IN
from orchestrator.stream.records import RawRecord, Record
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    EVENTS,
    OUTCOMES,
)
from tables.statistics import OUTCOME_ROWS, load_letters, load_row
from tests.functional.agents.fake_kafka import FakeKafka
from tests.functional.agents.test_deliver import NOW, Office
from tests.simulation.delivery.fakes import FakeService
from tests.unit.core.samples import POLICY, after, baseline, erased, sel
from tests.unit.stream.samples import record

ANA = learner_hash(b"school/ana")


@pytest.fixture
def kafka() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def services() -> dict[Service, FakeService]:
    return {service: FakeService(service) for service in Service}


class Sent:
    """What was sent to which partition."""

    def __init__(self) -> None:
        self.records: list[tuple[int | None, Record]] = []

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        assert topic == DEAD_LETTERS
        self.records += [(partition, each) for each in records]


def records_of(events: list[Event], first: int = 0) -> list[RawRecord]:
    return [
        record(first + n, encode_event(each), key=learner_key(each.tenant_id, each.learner_id))
        for n, each in enumerate(events)
    ]


def folded_from(records: list[RawRecord]) -> Folded:
    """What a batch comes to, on learners of whom nothing is known."""
    return fold(Batch(EVENTS, 0, {POLICY.version: POLICY}, POLICY.version, NOW), records, {})


def said(letter: RawRecord, header: str) -> str:
    return dict(letter.headers)[header].decode()


async def decide(kafka: FakeKafka, events: list[Event]) -> None:
    """What the decide agent does with a batch, on learners of whom nothing is known."""
    records = records_of(events)
    folded = folded_from(records)
    await note_policy(kafka, 0, folded)
    await write_down(kafka, kafka.states(), kafka.statistics(), records, folded)


def is_told(kafka: FakeKafka, topic: str) -> list[bool]:
    return [is_erasure(each.headers) for each in kafka.topics[topic]]


async def test_each_topic_is_told_between_what_was_decided_before_and_since(
    kafka: FakeKafka,
) -> None:
    await decide(kafka, [baseline(0.95), sel("high"), erased(after(1)), baseline(0.95, after(2))])
    assert is_told(kafka, ACTIONS_LEARNER) == [False, False, True, False, False]
    assert is_told(kafka, ACTIONS_URGENT) == [False, True]
    assert all(any(is_told(kafka, topic)) for topic in KINDS_IN)
    assert {each.key for topic in KINDS_IN for each in kafka.topics[topic]} == {b"school/ana"}


async def test_what_waits_ends_as_erased_and_is_counted_so(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    await decide(kafka, [baseline(0.95, NOW), erased(NOW), baseline(0.95, NOW)])
    services[Service.LEARNER].down = 500
    async with Office(kafka, services).at_work() as office:
        desk, topic = office.desks[Service.LEARNER], kafka.topics[ACTIONS_LEARNER]
        await take_on(kafka, desk, topic[:2], NOW)
        assert desk.waiting == 2
        await take_on(kafka, desk, topic[2:3], NOW)
        assert desk.waiting == 0
    statistics = kafka.statistics()
    await count_outcomes(kafka, statistics, kafka.topics[OUTCOMES], NOW)
    assert load_row(statistics, 0, OUTCOME_ROWS[Service.LEARNER]).counts == {"erased": 2}
    assert [said(each, ERASED_LEARNER) for each in kafka.topics[DEAD_LETTERS]] == [ANA]
    assert len(kafka.topics[EVENTS]) == 1  # the policy's note: no level has failed


async def test_the_dead_letters_are_told_after_those_of_before_and_count_no_more_than_before(
    kafka: FakeKafka,
) -> None:
    other = record(0, encode_event(baseline(0.5)), key=b"school/ben")
    folded = folded_from([other, *records_of([erased(after(1))], first=1)])
    await write_down(kafka, kafka.states(), kafka.statistics(), [other], folded)
    letter, mark = kafka.topics[DEAD_LETTERS]
    assert (said(letter, "reason"), said(mark, ERASED_LEARNER)) == ("wrong key", ANA)
    statistics = kafka.statistics()
    await count_dead_letters(kafka, statistics, kafka.topics[DEAD_LETTERS])
    assert load_letters(statistics, 0).counts == {"wrong key": 1}


async def test_every_other_partition_of_the_dead_letters_is_told_too() -> None:
    sent = Sent()
    await hide_letters(sent, folded_from(records_of([erased(after(1))])), 1, 4)
    assert [number for number, _ in sent.records] == [0, 2, 3]
    assert {dict(each.headers)[ERASED_LEARNER].decode() for _, each in sent.records} == {ANA}
    await hide_letters(sent, folded_from(records_of([baseline(0.95)])), 1, 4)
    assert len(sent.records) == 3


@pytest.mark.parametrize("raw", [b"", b"{}", b"no json", b"\xff", b"[" * 100_000])
async def test_an_erasure_that_cannot_be_read_is_a_dead_letter(
    kafka: FakeKafka, services: dict[Service, FakeService], raw: bytes
) -> None:
    strange = record(0, raw, topic=ACTIONS_LEARNER, headers=[(ERASURE, b"")])
    async with Office(kafka, services).at_work() as office:
        await take_on(kafka, office.desks[Service.LEARNER], [strange], NOW)
    (letter,) = kafka.topics[DEAD_LETTERS]
    assert dict(letter.headers)["reason"] == Refusal.UNDELIVERABLE.encode()
