"""A word now and then about work that takes more than a few seconds."""

from collections.abc import Callable

QUIET_S = 2.0
EVERY_S = 2.0


class Progress:
    """Says how far it is, first after two seconds and then every two.

    `say` takes a line; `monotonic`: seconds of a clock that only goes forward.
    """

    def __init__(self, say: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        self._say = say
        self._monotonic = monotonic
        self._due = monotonic() + QUIET_S

    def reached(self, what: str, done: int, total: int) -> None:
        """`done` of about `total` are behind us."""
        if self._monotonic() >= self._due:
            self._due = self._monotonic() + EVERY_S
            self._say(f"{what}: {done:,} of {total:,} …")
