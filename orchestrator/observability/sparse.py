"""Log lines that may come by the thousand: some are said, the rest is counted."""

import logging
import time
from collections.abc import Callable


class Sparse:
    """Lets `most` lines through in each `period_s`, and says how many it held back before."""

    def __init__(
        self,
        most: int = 20,
        period_s: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._period_s = period_s
        self._monotonic = monotonic
        self._began = monotonic()
        self._said = self._held_back = 0

    def admit(self) -> dict[str, int] | None:
        """None: say nothing. Else what to say besides: `held_back`, if lines were."""
        now = self._monotonic()
        if now - self._began >= self._period_s:
            self._began, self._said = now, 0
        if self._said >= self._most:
            self._held_back += 1
            return None
        self._said += 1
        held_back, self._held_back = self._held_back, 0
        return {"held_back": held_back} if held_back else {}


class SameLineSeldom(logging.Filter):
    """For a library's logger: each of its messages once in `period_s`, whatever fills it in."""

    def __init__(self, period_s: float = 60.0) -> None:
        super().__init__()
        self._period_s = period_s
        self._lines: dict[object, Sparse] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be said."""
        line = self._lines.setdefault(record.msg, Sparse(1, self._period_s))
        return line.admit() is not None
