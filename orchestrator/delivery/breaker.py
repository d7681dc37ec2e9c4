"""A circuit breaker: after failures in a row a service is left alone for a while, then probed."""

from collections.abc import Callable
from random import Random

from msgspec import Struct


class BreakerLimits(Struct, frozen=True):
    """It opens after `failures` in a row, for `first` seconds, doubling up to `longest`."""

    failures: int = 5
    first: float = 1.0
    longest: float = 30.0


class Breaker:
    """Closed: all attempts pass. Open: none. Half open: one, whose end decides.

    `monotonic` gives seconds that never jump. Every attempt that was allowed must be told of by
    `succeeded`, `failed` or `abandoned`.
    """

    def __init__(
        self, monotonic: Callable[[], float], random: Random, limits: BreakerLimits | None = None
    ) -> None:
        self._monotonic = monotonic
        self._random = random
        self._limits = limits or BreakerLimits()
        self._failures = 0
        self._opened = 0
        self._closed = True
        self._probe_at = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether attempts are held back."""
        return not self._closed

    @property
    def probe_in(self) -> float:
        """Seconds until one attempt may pass; 0 when it may now."""
        if self._closed:
            return 0.0
        if self._probing:
            return self._limits.longest
        return max(0.0, self._probe_at - self._monotonic())

    def allows(self) -> bool:
        """Whether an attempt may be made now; while open, this takes the one probe."""
        if self._closed:
            return True
        if self._probing or self._monotonic() < self._probe_at:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The service answered, whatever it said: it is there."""
        self._failures = self._opened = 0
        self._closed, self._probing = True, False

    def failed(self) -> None:
        """No answer, or one that says that the service is in trouble."""
        self._failures += 1
        if self._probing or (self._closed and self._failures >= self._limits.failures):
            self._open()

    def abandoned(self) -> None:
        """The attempt was broken off by ourselves, and tells nothing."""
        self._probing = False

    def _open(self) -> None:
        wait = min(self._limits.longest, self._limits.first * 2.0 ** min(self._opened, 16))
        self._opened += 1
        self._closed, self._probing = False, False
        self._probe_at = self._monotonic() + wait * self._random.uniform(0.75, 1.25)
