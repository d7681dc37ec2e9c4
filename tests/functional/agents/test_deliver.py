"""From an actions topic to the outcomes, through the desk and the deliveries table."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from agents.count import count_outcomes
from agents.deliver import DeliveryStore, DeskClaim, take_on
from orchestrator.core.actions import Action, ActionType, Outcome, Service, encode_action
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import LevelSuggestionFailed
from orchestrator.core.levels import Level
from orchestrator.core.outcomes import ActionOutcome, decode_outcome
from orchestrator.core.refusals import Refusal
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.breaker import Breaker
from orchestrator.delivery.desk import Desk
from orchestrator.delivery.verdicts import Answer
from orchestrator.errors import OwnershipLost
from orchestrator.read_model.waiting_table import WaitingTable
from orchestrator.stream.records import Record
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_NOTIFICATION,
    DEAD_LETTERS,
    DELIVERIES_CHANGELOG,
    EVENTS,
    OUTCOMES,
    STATISTICS_CHANGELOG,
)
from tables.statistics import OUTCOME_ROWS, WAITING_ROWS, load_row
from tests.functional.agents.fake_kafka import Crashed, FakeKafka
from tests.simulation.delivery.fakes import FakeService, World, until
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action
from tests.unit.stream.samples import record

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
BREAK = ActionType.GAME_BREAK
NOW = EVENT_AT + timedelta(minutes=1)


class Office:
    """One worker's desks over a Kafka that outlives it; both services are fakes."""

    def __init__(self, kafka: FakeKafka, services: dict[Service, FakeService]) -> None:
        self.kafka = kafka
        world = World()
        store = DeliveryStore(kafka, kafka.deliveries())
        self.desks = {
            service: Desk(
                Attempts(
                    fake,
                    breaker=Breaker(asyncio.get_running_loop().time, world.random),
                    clock=world.clock,
                    observer=world.told,
                    random=world.random,
                ),
                store,
                clock=world.clock,
            )
            for service, fake in services.items()
        }
        self.claim = DeskClaim(list(self.desks.values()), store)

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator["Office"]:
        await self.claim.acquire(0)
        engines = [asyncio.create_task(desk.run()) for desk in self.desks.values()]
        try:
            yield self
        finally:
            for engine in engines:
                engine.cancel()
            await asyncio.gather(*engines, return_exceptions=True)

    async def deliver(self, topic: str, *actions: Action) -> None:
        records = self.kafka.add_actions(topic, actions)
        service = Service.LEARNER if topic == ACTIONS_LEARNER else Service.NOTIFICATION
        await take_on(self.kafka, self.desks[service], records, NOW)


@pytest.fixture
def kafka() -> FakeKafka:
    return FakeKafka()


@pytest.fixture
def services() -> dict[Service, FakeService]:
    return {service: FakeService(service) for service in Service}


def outcomes(kafka: FakeKafka) -> list[ActionOutcome]:
    return [decode_outcome(each.value or b"") for each in kafka.topics[OUTCOMES]]


def told_waiting(kafka: FakeKafka) -> list[int]:
    """By service: how many actions wait, as the statistics have it."""
    rows = kafka.restored(STATISTICS_CHANGELOG)
    return [int(rows[WAITING_ROWS[service]]) for service in Service]


def rows_that_wait(kafka: FakeKafka) -> list[int]:
    """By service: how many actions wait, as their own rows have it."""
    table = WaitingTable()
    for each in kafka.topics[DELIVERIES_CHANGELOG]:
        table.on_record(each)
    return [table.counts()[0, service] for service in Service]


def level(action_id: str, name: str) -> Action:
    parameters = PARAMETERS[LEVEL] | {"suggested_level": name}
    return action(LEVEL, action_id=action_id, parameters=parameters)


async def test_actions_are_called_for_and_their_outcomes_stand_at_their_learner(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    async with Office(kafka, services).at_work() as office:
        await office.deliver(ACTIONS_LEARNER, action(LEVEL, action_id="l", learner="a b"))
        await office.deliver(ACTIONS_NOTIFICATION, action(BREAK, action_id="b", learner="a b"))
    assert services[Service.LEARNER].applied == ["l"]
    assert services[Service.NOTIFICATION].applied == ["b"]
    assert [(o.service, o.serial, o.outcome) for o in outcomes(kafka)] == [
        (Service.LEARNER, 1, Outcome.DELIVERED),
        (Service.NOTIFICATION, 1, Outcome.DELIVERED),
    ]
    assert {each.key for each in kafka.topics[OUTCOMES]} == {b"school-1/a%20b"}


@pytest.mark.parametrize("raw", [b"", b"no json", b"{}", b"[" * 100_000, b"\xff"])
async def test_what_is_no_action_becomes_a_dead_letter_and_holds_up_nothing(
    kafka: FakeKafka, services: dict[Service, FakeService], raw: bytes
) -> None:
    async with Office(kafka, services).at_work() as office:
        batch = [
            record(0, raw, topic=ACTIONS_LEARNER),
            record(1, encode_action(action(LEVEL)), topic=ACTIONS_LEARNER),
        ]
        await take_on(kafka, office.desks[Service.LEARNER], batch, NOW)
    assert services[Service.LEARNER].applied == ["a1"]
    (letter,) = kafka.topics[DEAD_LETTERS]
    assert letter.value == raw
    assert dict(letter.headers)["source"] == f"kafka:{ACTIONS_LEARNER}:0:0".encode()


async def test_a_rejected_action_is_kept_whole_with_what_the_service_said(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    answer = Answer(422, body=b"no such level \xff" + b"!" * 100_000)
    services[Service.LEARNER].scripts = {"a1": [answer]}
    one = action(LEVEL)
    async with Office(kafka, services).at_work() as office:
        await office.deliver(ACTIONS_LEARNER, one)
    (letter,) = kafka.topics[DEAD_LETTERS]
    headers = dict(letter.headers)
    assert letter.value == encode_action(one)
    assert (headers["reason"], headers["source"]) == (Refusal.REJECTED.encode(), b"action:a1")
    assert headers["detail"].startswith(b"answered 422")
    assert headers["response"] == answer.body[:4096]


async def test_what_cannot_be_sent_is_kept_whole_too(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    one = action(LEVEL, parameters={})
    async with Office(kafka, services).at_work() as office:
        await office.deliver(ACTIONS_LEARNER, one)
    (letter,) = kafka.topics[DEAD_LETTERS]
    headers = dict(letter.headers)
    assert letter.value == encode_action(one)
    assert headers["reason"] == Refusal.UNDELIVERABLE.encode()
    assert "response" not in headers


async def test_a_worker_that_opens_the_partition_again_writes_no_dead_letter_twice(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    services[Service.LEARNER].down = 400
    async with Office(kafka, services).at_work() as office:
        await office.deliver(ACTIONS_LEARNER, action(LEVEL))
        for _ in range(3):
            await office.claim.release(0)
            await office.claim.acquire(0)
    assert len(kafka.topics[DEAD_LETTERS]) == 1
    assert len(kafka.topics[OUTCOMES]) == 1


async def test_one_service_away_leaves_the_other_alone(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    services[Service.NOTIFICATION].down = 500
    async with Office(kafka, services).at_work() as office:
        began = asyncio.get_running_loop().time()
        for n in range(100):
            await office.deliver(ACTIONS_NOTIFICATION, action(BREAK, action_id=f"b{n}"))
            await office.deliver(ACTIONS_LEARNER, action(PATH, action_id=f"p{n}"))
        assert asyncio.get_running_loop().time() - began < 1.0
        assert len(services[Service.LEARNER].applied) == 100
        assert told_waiting(kafka) == rows_that_wait(kafka) == [0, 100]
        services[Service.NOTIFICATION].down = None
        await until(lambda: office.desks[Service.NOTIFICATION].waiting == 0)
    assert services[Service.NOTIFICATION].applied == [f"b{n}" for n in range(100)]
    assert told_waiting(kafka) == rows_that_wait(kafka) == [0, 0]


async def test_who_takes_a_partition_over_counts_anew_what_waits_there(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    services[Service.NOTIFICATION].down = 500
    async with Office(kafka, services).at_work() as office:
        for n in range(9):
            await office.deliver(ACTIONS_NOTIFICATION, action(BREAK, action_id=f"b{n}"))
    kafka.append(STATISTICS_CHANGELOG, Record(WAITING_ROWS[Service.NOTIFICATION], b"77"))
    async with Office(kafka, services).at_work():
        assert told_waiting(kafka) == rows_that_wait(kafka) == [0, 9]


async def test_a_partition_that_was_let_go_takes_nothing(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    async with Office(kafka, services).at_work() as office:
        await office.claim.release(0)
        with pytest.raises(OwnershipLost):
            await office.deliver(ACTIONS_LEARNER, action(LEVEL))
    assert kafka.topics[OUTCOMES] == []


async def test_who_was_fenced_leaves_the_partition_to_its_next_owner_and_works_on(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    def fenced(_topics: frozenset[str]) -> None:
        raise OwnershipLost("another worker has it")

    first = Office(kafka, services)
    async with first.at_work():
        kafka.step = fenced
        with pytest.raises(OwnershipLost):
            await first.deliver(ACTIONS_LEARNER, action(LEVEL, action_id="l"))
        await first.claim.release(0)
        kafka.step = lambda _topics: None
        await first.claim.acquire(0)
        records = kafka.topics[ACTIONS_LEARNER]
        await take_on(kafka, first.desks[Service.LEARNER], records, NOW)
    assert services[Service.LEARNER].applied == ["l"], "applied once, by its key"
    assert [outcome.action_id for outcome in outcomes(kafka)] == ["l"]


@pytest.mark.parametrize("topic", [DELIVERIES_CHANGELOG, OUTCOMES])
@pytest.mark.parametrize("when", [1, 2, 3])
async def test_a_crash_between_the_writes_gives_each_action_one_counted_outcome(
    kafka: FakeKafka, services: dict[Service, FakeService], topic: str, when: int
) -> None:
    actions = [level(f"a{n}", "easy") for n in range(200)]
    records = kafka.add_actions(ACTIONS_LEARNER, actions)
    writes = iter(range(1000))

    def crash(topics: frozenset[str]) -> None:
        if topic in topics and next(writes) == when:
            raise Crashed(topic)

    kafka.step = crash
    first = Office(kafka, services)
    with contextlib.suppress(Crashed):
        async with first.at_work():
            for at in range(0, 200, 40):
                desk = first.desks[Service.LEARNER]
                await take_on(kafka, desk, records[at : at + 40], NOW)
    kafka.step = lambda _topics: None
    async with Office(kafka, services).at_work() as second:
        await take_on(kafka, second.desks[Service.LEARNER], records, NOW)
        await until(lambda: second.desks[Service.LEARNER].waiting == 0)
        await second.claim.release(0)
    statistics = kafka.statistics()
    await count_outcomes(kafka, statistics, kafka.topics[OUTCOMES], NOW)
    counted = load_row(statistics, 0, OUTCOME_ROWS[Service.LEARNER])
    assert (counted.counts, counted.last) == ({"delivered": 200}, 200)
    assert services[Service.LEARNER].applied == [f"a{n}" for n in range(200)]


async def test_a_rejected_level_is_told_with_the_level_that_had_arrived_before_it(
    kafka: FakeKafka, services: dict[Service, FakeService]
) -> None:
    services[Service.LEARNER].scripts = {"a2": [400], "a4": [400]}
    names = ["easy", "moderate", "challenging", "advanced"]
    levels = [level(f"a{n}", name) for n, name in enumerate(names, start=1)]
    async with Office(kafka, services).at_work() as office:
        await office.deliver(ACTIONS_LEARNER, *levels)
    await count_outcomes(kafka, kafka.statistics(), kafka.topics[OUTCOMES], NOW)
    events = [decode_event(each.value or b"") for each in kafka.topics[EVENTS]]
    told = [
        (event.data.action_id, event.data.delivered_level)
        for event in events
        if isinstance(event, LevelSuggestionFailed)
    ]
    assert told == [("a2", Level.EASY), ("a4", Level.CHALLENGING)]
