"""A circuit breaker: after failures in a row a service is left alone for a while, then probed."""

from collections.abc import Callable
from random import Random

from msgspec import Struct


class BreakerLimits(Struct, frozen=True):
    """It opens after `failures` in a row, for `first` seconds, doubling up to `longest`.

    `longest` is short because a child may wait: with the spread of a quarter, whoever holds a
    breaker sees a service's return within 5 s, and a probe costs the service one call.
    """

    failures: int = 5
    first: float = 1.0
    longest: float = 4.0


class Permit:
    """Leave to make one attempt, given at `since`; it is handed back with how that went."""

    __slots__ = ("opening", "since")

    def __init__(self, opening: int, since: float) -> None:
        self.opening = opening
        self.since = since


class Breaker:
    """Closed: all attempts pass. Open: none. Half open: one, whose end decides.

    `monotonic` gives seconds that never jump. Every permit must be handed back, by `succeeded`,
    `failed` or `abandoned`.
    """

    def __init__(
        self, monotonic: Callable[[], float], random: Random, limits: BreakerLimits | None = None
    ) -> None:
        self._monotonic = monotonic
        self._random = random
        self._limits = limits or BreakerLimits()
        self._failures = 0
        self._opened = 0
        self._opening = 0
        self._closed = True
        self._probe_at = 0.0
        self._probe: Permit | None = None

    @property
    def is_open(self) -> bool:
        """Whether attempts are held back."""
        return not self._closed

    @property
    def probe_in(self) -> float:
        """Seconds until one attempt may pass; 0 when it may now."""
        if self._closed:
            return 0.0
        if self._probe is not None:
            return self._limits.longest
        return max(0.0, self._probe_at - self._monotonic())

    def permit(self) -> Permit | None:
        """Leave for an attempt now, or None; while open, there is one, the probe's."""
        now = self._monotonic()
        if self._closed:
            return Permit(self._opening, now)
        if self._probe is not None or now < self._probe_at:
            return None
        self._probe = Permit(self._opening, now)
        return self._probe

    def succeeded(self) -> None:
        """The service answered, whatever it said and to whichever attempt: it is there."""
        self._failures = self._opened = 0
        self._closed, self._probe = True, None

    def failed(self, permit: Permit) -> None:
        """No answer, or one that says that the service is in trouble.

        What was attempted before the breaker opened has nothing more to tell: it was that trouble.
        """
        if permit.opening != self._opening:
            return
        self._failures += 1
        if permit is self._probe:
            self._open(permit.since)  # a probe that was slow to fail has been a wait itself
        elif self._closed and self._failures >= self._limits.failures:
            self._open(self._monotonic())

    def abandoned(self, permit: Permit) -> None:
        """The attempt was not made, or broken off by ourselves: it tells nothing."""
        if permit is self._probe:
            self._probe = None

    def _open(self, since: float) -> None:
        wait = min(self._limits.longest, self._limits.first * 2.0 ** min(self._opened, 16))
        self._opened += 1
        self._opening += 1
        self._closed, self._probe = False, None
        self._probe_at = since + wait * self._random.uniform(0.75, 1.25)
