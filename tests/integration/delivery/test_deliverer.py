"""Batches through a real client to a real server that fails in every way it can."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from random import Random

import pytest
from aiohttp import web

from orchestrator.clock import FixedClock
from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.delivery.calls import call_for
from orchestrator.delivery.client import Limits, ServiceClient
from orchestrator.delivery.deliverer import Deliverer
from orchestrator.delivery.health import HealthStatus
from tests.integration.delivery.downstream import (
    Downstream,
    Received,
    Reply,
    lost,
    silent,
    status,
)
from tests.unit.delivery.samples import EVENT_AT, action

LEVEL = ActionType.LEVEL_SUGGESTED


class Nobody:
    """An observer that looks away."""

    def on_attempt(self, service: Service, status: str, seconds: float) -> None: ...

    def on_outcome(self, service: Service, action_type: ActionType, outcome: Outcome) -> None: ...


class Sped:
    """A clock, and a sleep that moves it instead of waiting."""

    def __init__(self) -> None:
        self.clock = FixedClock(EVENT_AT)
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@pytest.fixture
def sped() -> Sped:
    return Sped()


@pytest.fixture
async def deliverer(downstream: Downstream, sped: Sped) -> AsyncIterator[Deliverer]:
    async with ServiceClient(Service.LEARNER, downstream.url, clock=sped.clock) as client:
        yield deliverer_of(client, sped)


def deliverer_of(client: ServiceClient, sped: Sped) -> Deliverer:
    return Deliverer(
        client, clock=sped.clock, observer=Nobody(), random=Random(5), sleep=sped.sleep
    )


def on_the_wire(one: Received) -> tuple[str, str, list[tuple[str, str]], bytes]:
    return one.method, one.path, sorted(one.headers.items()), one.body


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(status(500), id="500"),
        pytest.param(status(429, Retry_After="3"), id="429"),
        pytest.param(lost, id="accepted but reply lost"),
    ],
)
async def test_a_fault_is_followed_by_the_very_same_request(
    deliverer: Deliverer, downstream: Downstream, reply: Reply
) -> None:
    downstream.script = [reply, reply]
    (done,) = await deliverer.deliver([action(LEVEL, learner="a/b c?#%")])
    assert (done.outcome, done.status, done.attempts) == (Outcome.DELIVERED, 200, 3)
    first, *others = [on_the_wire(one) for one in downstream.received]
    assert others == [first, first]


async def test_silence_is_followed_by_the_very_same_request(
    downstream: Downstream, sped: Sped
) -> None:
    downstream.script = [silent]
    limits = Limits(read=0.5)
    async with ServiceClient(
        Service.LEARNER, downstream.url, clock=sped.clock, limits=limits
    ) as client:
        (done,) = await deliverer_of(client, sped).deliver([action(LEVEL)])
    assert done.outcome is Outcome.DELIVERED
    first, *others = [on_the_wire(one) for one in downstream.received]
    assert len(others) == done.attempts - 1 >= 1
    assert all(other == first for other in others)


async def test_a_known_key_is_delivered_when_the_reply_was_lost(
    deliverer: Deliverer, downstream: Downstream
) -> None:
    downstream.script = [lost, status(409)]
    (done,) = await deliverer.deliver([action(LEVEL)])
    assert (done.outcome, done.status, done.attempts) == (Outcome.DELIVERED, 409, 2)
    assert [one.key for one in downstream.received] == ["a1", "a1"]


async def test_retry_after_is_waited_for(
    deliverer: Deliverer, downstream: Downstream, sped: Sped
) -> None:
    downstream.script = [status(429, Retry_After="7")]
    await deliverer.deliver([action(LEVEL)])
    (wait,) = sped.waits
    assert 7.0 <= wait < 8.0


async def test_an_action_expires_when_the_service_does_not_recover(
    deliverer: Deliverer, downstream: Downstream, sped: Sped
) -> None:
    downstream.script = [status(503)] * 1000
    expires_at = EVENT_AT + timedelta(minutes=10)
    (done,) = await deliverer.deliver([action(LEVEL, expires_at=expires_at)])
    assert (done.outcome, done.status) == (Outcome.EXPIRED, 503)
    assert done.detail == "expired, answered 503: {}"
    assert len(downstream.received) == done.attempts > 10
    assert sped.clock.now() <= expires_at
    assert deliverer.health().status is HealthStatus.DEGRADED


async def test_an_expired_action_never_reaches_the_service(
    deliverer: Deliverer, downstream: Downstream, sped: Sped
) -> None:
    sped.clock.at = EVENT_AT + timedelta(hours=24)
    (done,) = await deliverer.deliver([action(LEVEL)])
    assert (done.outcome, done.attempts) == (Outcome.EXPIRED, 0)
    assert downstream.received == []


async def test_a_rejection_is_final_and_keeps_the_response(
    deliverer: Deliverer, downstream: Downstream
) -> None:
    downstream.script = [status(422, body=b'{"detail":"no such level"}')]
    (done,) = await deliverer.deliver([action(LEVEL)])
    assert (done.outcome, done.status, done.attempts) == (Outcome.REJECTED, 422, 1)
    assert done.response == b'{"detail":"no such level"}'


def faulty(seed: int) -> Iterator[Reply]:
    """Two answers in five are faults."""
    draw = Random(seed)
    faults: list[Reply] = [status(500), status(503, Retry_After="1"), lost, status(429)]
    while True:
        yield draw.choice(faults) if draw.random() < 0.4 else status(200)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_each_learners_actions_arrive_in_order_through_faults(
    deliverer: Deliverer, downstream: Downstream, seed: int
) -> None:
    replies = faulty(seed)
    accepted: dict[str, list[str]] = defaultdict(list)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        reply = next(replies)
        key = request.headers["Idempotency-Key"]
        # A lost reply is an action applied: the receiver does not know that nobody heard it.
        response = await reply(request)
        if (reply is lost or response.status == 200) and key not in accepted[key[:2]]:
            accepted[key[:2]].append(key)
        return response

    downstream.script = [answer] * 5000
    batch = [
        action(LEVEL, action_id=f"{learner:02}-{n}", learner=f"learner {learner}")
        for n in range(8)
        for learner in range(40)
    ]
    done = await deliverer.deliver(batch)
    assert {one.outcome for one in done} == {Outcome.DELIVERED}
    assert accepted == {f"{x:02}": [f"{x:02}-{n}" for n in range(8)] for x in range(40)}
    assert_repeats_are_identical(downstream.received, batch)


def assert_repeats_are_identical(received: list[Received], batch: list[Action]) -> None:
    by_key: dict[str, set[object]] = defaultdict(set)
    for one in received:
        by_key[one.key].add(repr(on_the_wire(one)))
    assert set(by_key) == {str(one.action_id) for one in batch}
    assert all(len(forms) == 1 for forms in by_key.values())
    assert len(received) > len(batch)
    bodies = {str(one.action_id): call_for(one).body for one in batch}
    assert all(one.body == bodies[one.key] for one in received)


async def test_cancelled_it_breaks_off_and_the_next_time_sends_the_same(
    deliverer: Deliverer, downstream: Downstream
) -> None:
    downstream.script = [silent] * 3
    batch = [action(LEVEL, action_id=key, learner=key) for key in "abc"]
    running = asyncio.create_task(deliverer.deliver(batch))
    await downstream.arrived(3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    async with asyncio.timeout(10):
        assert {await downstream.broken_off.get() for _ in range(3)} == {"a", "b", "c"}
    done = await deliverer.deliver(batch)
    assert [one.outcome for one in done] == [Outcome.DELIVERED] * 3
    first, again = downstream.received[:3], downstream.received[3:]
    assert sorted(map(on_the_wire, first)) == sorted(map(on_the_wire, again))
