"""Attempt after attempt, until the action is settled or expires.

Written out rather than taken from tenacity: its jitter draws from the global generator, its stop
knows no expiry and no injected clock, so that wait and stop would be ours anyway; and the loop
that would be left costs 26 microseconds a call, where the HTTP exchange costs 125.
"""

from asyncio import Semaphore
from collections.abc import Awaitable, Callable
from datetime import datetime
from random import Random

from msgspec import Struct

from orchestrator.clock import Clock
from orchestrator.core.actions import Outcome
from orchestrator.delivery.verdicts import Kind, Verdict


class Backoff(Struct, frozen=True):
    """The waits between attempts, in seconds.

    The n-th wait is drawn from [0, min(longest, first * 2^(n-1))] ("full jitter"), so that the
    callers of a service that returns do not arrive together.
    """

    first: float = 0.2
    longest: float = 30.0
    longest_retry_after: float = 300.0
    """A service that asks for a longer wait than this is asked again after this."""


class Settled(Struct, frozen=True):
    """How it ended: DELIVERED, REJECTED or EXPIRED. `verdict` is the last, None without attempt."""

    outcome: Outcome
    attempts: int
    verdict: Verdict | None


_OUTCOMES = {Kind.DELIVERED: Outcome.DELIVERED, Kind.REJECTED: Outcome.REJECTED}


class Retrier:
    """Repeats attempts. One is under way only while it holds a slot; a wait holds none."""

    def __init__(
        self,
        *,
        clock: Clock,
        random: Random,
        sleep: Callable[[float], Awaitable[object]],
        slots: Semaphore,
        backoff: Backoff,
    ) -> None:
        self._clock = clock
        self._random = random
        self._sleep = sleep
        self._slots = slots
        self._backoff = backoff

    async def settle(
        self, attempt: Callable[[], Awaitable[Verdict]], expires_at: datetime | None
    ) -> Settled:
        """Attempt until an answer is final or no further attempt fits before `expires_at`.

        Nothing is attempted once expired; None never expires. Raises what `attempt` raises.
        """
        attempts = 0
        last: Verdict | None = None
        while True:
            async with self._slots:
                # Read with the slot in hand: the wait for it may have outlasted the action.
                if self._remaining(expires_at) <= 0:
                    return Settled(Outcome.EXPIRED, attempts, last)
                last = await attempt()
            attempts += 1
            if last.kind is not Kind.RETRY:
                return Settled(_OUTCOMES[last.kind], attempts, last)
            remaining = self._remaining(expires_at)
            wait = self._wait(attempts, last.retry_after, remaining)
            if wait >= remaining:
                return Settled(Outcome.EXPIRED, attempts, last)
            await self._sleep(wait)

    def _remaining(self, expires_at: datetime | None) -> float:
        if expires_at is None:
            return float("inf")
        return (expires_at - self._clock.now()).total_seconds()

    def _wait(self, attempts: int, retry_after: float | None, remaining: float) -> float:
        """Seconds. A wait of ours is drawn within what remains; one asked for is kept to."""
        # The exponent is bounded because an intervention is retried for days: 2^1024 is no float.
        ceiling = min(self._backoff.longest, self._backoff.first * 2.0 ** min(attempts - 1, 63))
        if retry_after is None:
            return self._random.uniform(0.0, min(ceiling, max(0.0, remaining)))
        asked = min(retry_after, self._backoff.longest_retry_after)
        return asked + self._random.uniform(0.0, self._backoff.first)
