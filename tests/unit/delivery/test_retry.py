"""How often, how long apart and until when an attempt is repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from orchestrator.clock import FixedClock
from orchestrator.core.actions import Outcome
from orchestrator.delivery.retry import Backoff, Retrier
from orchestrator.delivery.verdicts import Answer, Fault, Verdict, judge_answer, judge_fault

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DELIVERED = judge_answer(Answer(200), now=NOW, host="h")
REJECTED = judge_answer(Answer(404), now=NOW, host="h")
BUSY = judge_answer(Answer(503), now=NOW, host="h")
LOST = judge_fault(Fault.RESET, "reset")


def told_to_wait(seconds: int) -> Verdict:
    return judge_answer(Answer(429, retry_after=str(seconds)), now=NOW, host="h")


class Largest(Random):
    """Draws the upper end, so that a wait is its ceiling."""

    def uniform(self, a: float, b: float) -> float:
        return b


class World:
    """A clock that a sleep moves, and the waits that were slept."""

    def __init__(self, random: Random | None = None, backoff: Backoff | None = None) -> None:
        self.clock = FixedClock(NOW)
        self.waits: list[float] = []
        self.slots = asyncio.Semaphore(1)
        self.retrier = Retrier(
            clock=self.clock,
            random=random or Largest(),
            sleep=self.sleep,
            slots=self.slots,
            backoff=backoff or Backoff(first=1.0, longest=8.0, longest_retry_after=60.0),
        )

    async def sleep(self, seconds: float) -> None:
        assert not self.slots.locked(), "a wait must not hold a slot"
        self.waits.append(seconds)
        self.clock.at += timedelta(seconds=seconds)


def script(*verdicts: Verdict) -> Callable[[], Awaitable[Verdict]]:
    """Gives the verdicts in turn, then the last one for ever."""
    left = list(verdicts)

    async def attempt() -> Verdict:
        return left.pop(0) if len(left) > 1 else left[0]

    return attempt


@pytest.mark.parametrize(
    ("verdict", "outcome"), [(DELIVERED, Outcome.DELIVERED), (REJECTED, Outcome.REJECTED)]
)
async def test_a_final_answer_ends_it_at_once(verdict: Verdict, outcome: Outcome) -> None:
    world = World()
    settled = await world.retrier.settle(script(verdict), None)
    assert (settled.outcome, settled.attempts, settled.verdict) == (outcome, 1, verdict)
    assert world.waits == []


async def test_waits_double_up_to_the_longest() -> None:
    world = World()
    settled = await world.retrier.settle(script(*[BUSY] * 6, DELIVERED), None)
    assert settled.attempts == 7
    assert world.waits == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


async def test_waits_are_drawn_from_the_whole_range_by_the_generator_given() -> None:
    first, second = World(random=Random(7)), World(random=Random(7))
    for world in (first, second):
        await world.retrier.settle(script(*[LOST] * 200, DELIVERED), None)
    assert first.waits == second.waits
    assert all(0.0 <= wait <= 8.0 for wait in first.waits)
    assert min(first.waits) < 1.0
    assert max(first.waits) > 7.0


async def test_retry_after_is_kept_to_with_a_little_jitter_on_top() -> None:
    world = World()
    await world.retrier.settle(script(told_to_wait(20), DELIVERED), None)
    assert world.waits == [21.0]


async def test_an_absurd_retry_after_is_bounded() -> None:
    world = World()
    await world.retrier.settle(script(told_to_wait(86_400), DELIVERED), None)
    assert world.waits == [61.0]


async def test_nothing_is_attempted_once_expired() -> None:
    world = World()

    async def attempt() -> Verdict:
        raise AssertionError("called")

    settled = await world.retrier.settle(attempt, NOW)
    assert (settled.outcome, settled.attempts, settled.verdict) == (Outcome.EXPIRED, 0, None)


async def test_it_retries_until_the_action_expires_and_not_after() -> None:
    world = World()
    deadline = NOW + timedelta(seconds=10)
    asked_at: list[datetime] = []

    async def attempt() -> Verdict:
        asked_at.append(world.clock.now())
        return BUSY

    settled = await world.retrier.settle(attempt, deadline)
    assert settled.outcome is Outcome.EXPIRED
    assert settled.attempts == 4
    assert settled.verdict == BUSY
    assert [(at - NOW).total_seconds() for at in asked_at] == [0.0, 1.0, 3.0, 7.0]


async def test_the_last_wait_is_drawn_within_what_remains() -> None:
    class Half(Random):
        def uniform(self, a: float, b: float) -> float:
            return b / 2

    world = World(random=Half(), backoff=Backoff(first=100.0, longest=100.0))
    settled = await world.retrier.settle(script(BUSY, BUSY, DELIVERED), NOW + timedelta(seconds=8))
    assert settled.outcome is Outcome.DELIVERED
    assert world.waits == [4.0, 2.0]


@pytest.mark.parametrize("asked", [29, 30, 3600])
async def test_a_retry_after_up_to_the_expiry_or_beyond_expires_it_without_waiting(
    asked: int,
) -> None:
    world = World()
    settled = await world.retrier.settle(script(told_to_wait(asked)), NOW + timedelta(seconds=30))
    assert (settled.outcome, settled.attempts) == (Outcome.EXPIRED, 1)
    assert world.waits == []


async def test_what_never_expires_is_retried_for_days() -> None:
    world = World()
    settled = await world.retrier.settle(script(*[BUSY] * 2000, DELIVERED), None)
    assert (settled.outcome, settled.attempts) == (Outcome.DELIVERED, 2001)


async def test_an_action_that_expires_while_it_waits_for_a_slot_is_not_sent() -> None:
    world = World()
    await world.slots.acquire()
    waiting = asyncio.create_task(
        world.retrier.settle(script(DELIVERED), NOW + timedelta(seconds=1))
    )
    await asyncio.sleep(0)
    world.clock.at += timedelta(seconds=1)
    world.slots.release()
    assert (await waiting).outcome is Outcome.EXPIRED


async def test_an_error_of_the_attempt_is_passed_on_and_gives_its_slot_back() -> None:
    world = World()

    async def attempt() -> Verdict:
        raise ValueError("a fault of ours")

    with pytest.raises(ValueError, match="a fault of ours"):
        await world.retrier.settle(attempt, None)
    assert not world.slots.locked()
