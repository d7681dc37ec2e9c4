"""An erasure on its way: decided, told to the delivery in its place, and counted."""

import pytest

from agents.count import count_outcomes
from agents.decide import write_down
from agents.deliver import take_on
from orchestrator.core.actions import Service
from orchestrator.core.erasures import ERASURE, is_erasure
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import Batch, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.refusals import Refusal
from orchestrator.read_model.action_topics import KINDS_IN
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    EVENTS,
    OUTCOMES,
)
from tables.statistics import OUTCOME_ROWS, load_row
from tests.functional.agents.fake_kafka import FakeKafka
from tests.functional.agents.test_deliver import NOW, Office
from tests.simulation.delivery.fakes import FakeService
from tests.unit.core.samples import POLICY, after, baseline, erased, sel
from tests.unit.stream.samples import record


@pytest.fixture
def kafka() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def services() -> dict[Service, FakeService]:
    return {service: FakeService(service) for service in Service}


async def decide(kafka: FakeKafka, events: list[Event]) -> None:
    """What the decide agent does with a batch, on learners of whom nothing is known."""
    records = [
        record(n, encode_event(each), key=learner_key(each.tenant_id, each.learner_id))
        for n, each in enumerate(events)
    ]
    folded = fold(Batch(EVENTS, 0, {POLICY.version: POLICY}, POLICY.version, NOW), records, {})
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
    assert kafka.topics[DEAD_LETTERS] == []
    assert len(kafka.topics[EVENTS]) == 1  # the policy's note: no level has failed


@pytest.mark.parametrize("raw", [b"", b"{}", b"no json", b"\xff", b"[" * 100_000])
async def test_an_erasure_that_cannot_be_read_is_a_dead_letter(
    kafka: FakeKafka, services: dict[Service, FakeService], raw: bytes
) -> None:
    strange = record(0, raw, topic=ACTIONS_LEARNER, headers=[(ERASURE, b"")])
    async with Office(kafka, services).at_work() as office:
        await take_on(kafka, office.desks[Service.LEARNER], [strange], NOW)
    (letter,) = kafka.topics[DEAD_LETTERS]
    assert dict(letter.headers)["reason"] == Refusal.UNDELIVERABLE.encode()
