"""What a program under measurement tells of itself, a line each on its standard output.

`first`, `warm`: seconds of the monotonic clock, which all processes of a machine share, and how
many events were worked on by then.
"""

import time

WARM_FROM = 0.4
"""The share of the events after which a program counts as warm."""


class Milestones:
    """Counts the events that were worked on, out of `total`."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._warm_at = int(total * WARM_FROM)
        self._count = 0
        self._begun = self._warm = False

    def begin(self, ago: float = 0.0) -> None:
        """An event or a batch of them is being worked on since so many seconds."""
        if not self._begun:
            self._begun = True
            self._say("first", ago)

    def add(self, events: int = 1) -> bool:
        """So many more were worked on; True if these were the last."""
        self._count += events
        if not self._warm and self._count >= self._warm_at:
            self._warm = True
            self._say("warm")
        return self._count >= self._total

    def _say(self, name: str, ago: float = 0.0) -> None:
        print(name, time.monotonic() - ago, self._count, flush=True)
