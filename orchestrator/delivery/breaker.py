"""A circuit breaker: after failures in a row a service is left alone for a while, then probed."""

from collections.abc import Callable
from random import Random

from msgspec import Struct


class BreakerLimits(Struct, frozen=True):
    """It opens after `failures` in a row, for `first` seconds, doubling up to `longest`."""

    failures: int = 5
    first: float = 1.0
    longest: float = 30.0


class Permit:
    """Leave to make one attempt; it is handed back with how that went."""

    __slots__ = ("opening",)

    def __init__(self, opening: int) -> None:
        self.opening = opening


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
        if self._closed:
            return Permit(self._opening)
        if self._probe is not None or self._monotonic() < self._probe_at:
            return None
        self._probe = Permit(self._opening)
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
        if permit is self._probe or (self._closed and self._failures >= self._limits.failures):
            self._open()

    def abandoned(self, permit: Permit) -> None:
        """The attempt was not made, or broken off by ourselves: it tells nothing."""
        if permit is self._probe:
            self._probe = None

    def _open(self) -> None:
        wait = min(self._limits.longest, self._limits.first * 2.0 ** min(self._opened, 16))
        self._opened += 1
        self._opening += 1
        self._closed, self._probe = False, None
        self._probe_at = self._monotonic() + wait * self._random.uniform(0.75, 1.25)
