"""A word now and then about work that takes more than a few seconds."""

from collections.abc import Callable

QUIET_S = 2.0
EVERY_S = 2.0


class Progress:
    """Says how far it is, first after two seconds and then every two.

    `say` takes a line; `monotonic`: seconds of a clock that only goes forward; `rate`: whether it
    also says how many a second, and how many seconds it will take yet.
    """

    def __init__(
        self, say: Callable[[str], None], monotonic: Callable[[], float], *, rate: bool = False
    ) -> None:
        self._say = say
        self._monotonic = monotonic
        self._rate = rate
        self._began = monotonic()
        self._due = self._began + QUIET_S

    def reached(self, what: str, done: int, total: int | None) -> None:
        """`done` of about `total` are behind us; None: nobody knows how many there will be."""
        if self._monotonic() >= self._due:
            now = self._monotonic()
            self._due = now + EVERY_S
            rate = self._speed(done, total, now) if self._rate else ""
            of = "" if total is None else f" of {total:,}"
            self._say(f"{what}: {done:,}{of}{rate} …")

    def _speed(self, done: int, total: int | None, now: float) -> str:
        rate = done / (now - self._began)
        left = f", {max(0, total - done) / rate:,.0f} s left" if total is not None and rate else ""
        return f", {rate:,.0f} a second{left}"
