"""One attempt: the call, what follows, and what the breaker hears of it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from orchestrator.core.actions import ActionType, Outcome
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.breaker import Breaker, BreakerLimits, Permit
from orchestrator.delivery.calls import Call, call_for
from orchestrator.delivery.settling import Again, Ended
from orchestrator.delivery.verdicts import Answer, Fault, Verdict
from tests.simulation.delivery.fakes import FakeService, Reply, Told, World
from tests.unit.delivery.samples import action

ONE_FAILURE = BreakerLimits(failures=1)


class Bench:
    """Attempts at a fake service, and their breaker."""

    def __init__(self, service: FakeService | None = None) -> None:
        world = World()
        self.told = Told()
        self.service = service or world.service
        self.breaker = Breaker(asyncio.get_running_loop().time, world.random, ONE_FAILURE)
        self.attempts = Attempts(
            self.service,
            breaker=self.breaker,
            clock=world.clock,
            observer=self.told,
            random=world.random,
        )

    def permit(self) -> Permit:
        permit = self.breaker.permit()
        assert permit is not None
        return permit

    async def attempt(self, reply: Reply, number: int = 1) -> Ended | Again:
        self.service.down = reply
        return await self.attempts.attempt(action(), number, self.permit())


@pytest.mark.parametrize(
    ("reply", "opens"),
    [
        (200, False),
        (404, False),
        (429, False),
        (Answer(429, retry_after="9"), False),
        (500, True),
        (Answer(503, retry_after="9"), True),
        *((fault, True) for fault in Fault),
    ],
)
async def test_trouble_of_the_service_opens_the_breaker_and_what_it_refuses_does_not(
    reply: Reply, opens: bool
) -> None:
    bench = Bench()
    await bench.attempt(reply)
    assert bench.breaker.is_open is opens


async def test_the_number_of_the_attempt_is_told_with_the_end() -> None:
    bench = Bench()
    ended = await bench.attempt(200, number=7)
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.attempts) == (Outcome.DELIVERED, 7)


async def test_every_attempt_is_observed_with_its_status() -> None:
    bench = Bench()
    for reply in (200, 404, Fault.TIMEOUT):
        await bench.attempt(reply)
    assert bench.told.attempts == ["200", "404", "timeout"]


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        (ActionType.LEVEL_SUGGESTED, {"parameters": {}}, "suggested_level"),
        (ActionType.LEVEL_SUGGESTED, {"tenant": "two\nlines"}, "tenant_id"),
        (ActionType.GAME_BREAK, {}, "is for notification-svc"),
    ],
)
async def test_what_cannot_be_sent_has_failed_unattempted_and_gives_its_permit_back(
    kind: ActionType, changes: dict[str, object], reason: str
) -> None:
    bench = Bench()
    bench.breaker.failed(bench.permit())
    await asyncio.sleep(2.0)
    failed = await bench.attempts.attempt(action(kind, **changes), 1, bench.permit())  # type: ignore[arg-type]
    assert isinstance(failed, Ended)
    assert (failed.outcome, failed.attempts, failed.status) == (Outcome.FAILED, 0, None)
    assert reason in failed.detail
    assert bench.service.calls == []
    assert bench.breaker.permit() is not None


async def test_an_attempt_that_is_cancelled_gives_its_permit_back() -> None:
    bench = Bench()
    bench.breaker.failed(bench.permit())
    await asyncio.sleep(2.0)
    bench.service.seconds = 10.0
    attempt = asyncio.create_task(bench.attempts.attempt(action(), 1, bench.permit()))
    await asyncio.sleep(1.0)
    assert bench.breaker.permit() is None
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert bench.breaker.permit() is not None
    assert bench.told.attempts == []


async def test_a_fault_of_ours_is_passed_on_and_gives_its_permit_back() -> None:
    class Broken(FakeService):
        async def send(self, call: Call) -> Verdict:
            raise ValueError("a fault of ours")

    bench = Bench(Broken())
    bench.breaker.failed(bench.permit())
    await asyncio.sleep(2.0)
    with pytest.raises(ValueError, match="a fault of ours"):
        await bench.attempt(200)
    assert bench.breaker.permit() is not None


async def test_every_attempt_of_an_action_is_the_same_call() -> None:
    calls: list[Call] = []

    class Noting(FakeService):
        async def send(self, call: Call) -> Verdict:
            calls.append(call)
            return await super().send(call)

    bench = Bench(Noting())
    for reply in (429, 408, 200):
        await bench.attempt(reply)
    assert calls == [call_for(action())] * 3


async def test_the_breakers_turns_are_logged() -> None:
    bench = Bench()
    with capture_logs() as logs:
        await bench.attempt(500)
        await asyncio.sleep(2.0)
        await bench.attempt(200)
        await bench.attempt(200)
    assert [entry["state"] for entry in logs] == ["open", "closed"]
