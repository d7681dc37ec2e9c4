"""A batch, seen through: order, bounds, outcomes, cancellation. The service is a fake."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from orchestrator.clock import FixedClock
from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.delivery.calls import Call
from orchestrator.delivery.deliverer import Deliverer
from orchestrator.delivery.health import HealthRecord, HealthStatus, ServiceHealth
from orchestrator.delivery.verdicts import Answer, Verdict, judge_answer
from tests.unit.delivery.samples import EVENT_AT, action

NOW = EVENT_AT + timedelta(minutes=1)
LEVEL = ActionType.LEVEL_SUGGESTED
BREAK = ActionType.GAME_BREAK
SEL = ActionType.SEL_INTERVENTION


class FakeService:
    """Answers each key by its script of statuses, 200 when there is none left."""

    def __init__(
        self, service: Service = Service.LEARNER, scripts: dict[str, list[int]] | None = None
    ) -> None:
        self.service = service
        self.scripts = scripts or {}
        self.calls: list[Call] = []
        self.arrivals: asyncio.Queue[Call] = asyncio.Queue()
        self.under_way = 0
        self.most_under_way = 0
        self.broken_off = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, call: Call) -> Verdict:
        self.calls.append(call)
        self.arrivals.put_nowait(call)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            await self.gate.wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        finally:
            self.under_way -= 1
        left = self.scripts.get(call.headers["Idempotency-Key"], [])
        answer = Answer(left.pop(0) if left else 200, body=b"said")
        return judge_answer(answer, now=NOW, host="h")

    def health(self) -> ServiceHealth:
        return HealthRecord().read()

    @property
    def keys(self) -> list[str]:
        return [call.headers["Idempotency-Key"] for call in self.calls]


class Told:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.attempts: list[tuple[Service, str]] = []
        self.outcomes: list[tuple[Service, ActionType, Outcome]] = []

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:
        assert seconds >= 0
        self.attempts.append((service, status))

    def on_outcome(self, service: Service, action_type: ActionType, outcome: Outcome) -> None:
        self.outcomes.append((service, action_type, outcome))


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


def deliverer(service: FakeService, told: Told | None = None, in_flight: int = 32) -> Deliverer:
    return Deliverer(
        service,
        clock=FixedClock(NOW),
        observer=told or Told(),
        random=Random(1),
        sleep=no_wait,
        in_flight=in_flight,
    )


async def until_called(service: FakeService, count: int) -> None:
    async with asyncio.timeout(5):
        for _ in range(count):
            await service.arrivals.get()


async def test_each_action_has_its_delivery_in_the_order_of_the_batch() -> None:
    service = FakeService(scripts={"b": [500, 503], "c": [404]})
    batch = [action(LEVEL, action_id=key, learner=f"l-{key}") for key in "abc"]
    done = await deliverer(service).deliver(batch)
    told = [(one.action_id, one.outcome, one.status, one.attempts) for one in done]
    assert told == [
        ("a", Outcome.DELIVERED, 200, 1),
        ("b", Outcome.DELIVERED, 200, 3),
        ("c", Outcome.REJECTED, 404, 1),
    ]
    assert all(one.at == NOW and one.latency >= 0 for one in done)


async def test_only_a_rejection_keeps_the_response() -> None:
    service = FakeService(scripts={"b": [422]})
    batch = [action(LEVEL, action_id=key) for key in "ab"]
    delivered, rejected = await deliverer(service).deliver(batch)
    assert (delivered.response, rejected.response) == (b"", b"said")
    assert rejected.detail == "answered 422: said"


async def test_a_learners_actions_wait_for_one_another_through_retries() -> None:
    service = FakeService(scripts={"a1": [500, 500], "b1": [500]})
    batch = [
        action(LEVEL, action_id=f"{learner}{n}", learner=learner)
        for n in (1, 2, 3)
        for learner in "ab"
    ]
    await deliverer(service).deliver(batch)
    assert [key for key in service.keys if key[0] == "a"] == ["a1", "a1", "a1", "a2", "a3"]
    assert [key for key in service.keys if key[0] == "b"] == ["b1", "b1", "b2", "b3"]


async def test_learners_do_not_wait_for_one_another() -> None:
    service = FakeService()
    service.gate.clear()
    batch = [action(LEVEL, action_id=str(n), learner=f"l{n}") for n in range(5)]
    running = asyncio.create_task(deliverer(service).deliver(batch))
    await until_called(service, 5)
    service.gate.set()
    assert len(await running) == 5


async def test_an_intervention_overtakes_the_break_of_the_same_learner() -> None:
    service = FakeService(Service.NOTIFICATION)
    batch = [action(BREAK, action_id="break"), action(SEL, action_id="sel", expires_at=None)]
    done = await deliverer(service, in_flight=1).deliver(batch)
    assert service.keys == ["sel", "break"]
    assert [one.action_id for one in done] == ["break", "sel"]


async def test_no_more_than_the_set_number_is_in_flight_over_all_batches() -> None:
    service = FakeService()
    one = deliverer(service, in_flight=4)
    batches = [
        [action(LEVEL, action_id=f"{part}-{n}", learner=f"{part}-{n}") for n in range(20)]
        for part in range(3)
    ]
    done = await asyncio.gather(*[one.deliver(batch) for batch in batches])
    assert sum(len(batch) for batch in done) == 60
    assert service.most_under_way == 4


async def test_an_expired_action_is_not_called_and_does_not_stop_the_next() -> None:
    service = FakeService()
    batch = [action(LEVEL, action_id="old", expires_at=NOW), action(LEVEL, action_id="new")]
    old, new = await deliverer(service).deliver(batch)
    assert (old.outcome, old.attempts, old.detail) == (Outcome.EXPIRED, 0, "expired, not attempted")
    assert new.outcome is Outcome.DELIVERED
    assert service.keys == ["new"]


async def test_what_cannot_be_sent_has_failed_and_does_not_stop_the_next() -> None:
    service = FakeService()
    batch = [action(LEVEL, action_id="bad", parameters={}), action(LEVEL, action_id="good")]
    bad, good = await deliverer(service).deliver(batch)
    assert (bad.outcome, bad.attempts, bad.status) == (Outcome.FAILED, 0, None)
    assert "suggested_level" in bad.detail
    assert good.outcome is Outcome.DELIVERED


async def test_an_action_of_another_service_has_failed_rather_than_been_sent_astray() -> None:
    service = FakeService(Service.LEARNER)
    (done,) = await deliverer(service).deliver([action(BREAK)])
    assert done.outcome is Outcome.FAILED
    assert "notification-svc" in done.detail
    assert service.calls == []


async def test_every_attempt_of_an_action_is_the_same_call() -> None:
    service = FakeService(scripts={"a1": [500, 429, 503]})
    await deliverer(service).deliver([action(LEVEL)])
    assert len(service.calls) == 4
    assert all(call == service.calls[0] for call in service.calls)


async def test_attempts_and_outcomes_are_told() -> None:
    told = Told()
    service = FakeService(scripts={"a1": [500], "a2": [404]})
    batch = [action(LEVEL, action_id="a1"), action(LEVEL, action_id="a2")]
    await deliverer(service, told).deliver(batch)
    assert told.attempts == [(Service.LEARNER, status) for status in ("500", "200", "404")]
    assert told.outcomes == [
        (Service.LEARNER, LEVEL, Outcome.DELIVERED),
        (Service.LEARNER, LEVEL, Outcome.REJECTED),
    ]


async def test_cancelled_it_breaks_off_and_tells_no_outcome() -> None:
    told = Told()
    service = FakeService()
    one = deliverer(service, told, in_flight=2)
    await one.deliver([action(LEVEL, action_id="before")])
    service.gate.clear()
    batch = [action(LEVEL, action_id=str(n), learner=f"l{n}") for n in range(5)]
    running = asyncio.create_task(one.deliver(batch))
    await until_called(service, 3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (service.broken_off, service.under_way) == (2, 0)
    assert len(told.outcomes) == 1
    service.gate.set()
    assert len(await one.deliver(batch)) == 5


async def test_an_empty_batch_is_done() -> None:
    assert await deliverer(FakeService()).deliver([]) == []


def test_its_health_is_that_of_the_service() -> None:
    assert deliverer(FakeService()).health().status is HealthStatus.UNKNOWN
