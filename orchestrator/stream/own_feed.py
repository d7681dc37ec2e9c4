"""Partitions that are read from memory: which own write comes next, and who need not be asked.

Pure bookkeeping: it is told the positions, and the time in seconds.
"""

from __future__ import annotations

from collections import Counter
from typing import Generic, NamedTuple, TypeVar

from orchestrator.stream.own_writes import Written

P = TypeVar("P")

REST_MS = 25
"""So long nobody else's records are looked for after one's own came in step: they come late by
twice as much at most (what is asked at the end of a rest waits for the request under way)."""

IN_STEP = 16
"""Own writes in a row, with nobody else's in between, before a partition rests: one that others
write to as well is asked for as ever."""


class Step(NamedTuple):
    """What an own write means to its reader.

    `takes`: it is what would be read next. `falls_out`: others have written in between, so that the
    partition is to be asked for at once.
    """

    takes: bool = False
    falls_out: bool = False


class OwnFeed(Generic[P]):
    """Contract: `step` is told of every own write, and that what it says is done."""

    def __init__(self) -> None:
        self._rests: dict[P, float] = {}
        self._in_step: Counter[P] = Counter()
        self._markers: dict[P, int] = {}

    def step(self, place: P, position: int, written: Written, now: float) -> Step:
        """An own write; `position` is the offset that would be read next."""
        takes = self._is_next(place, position, written)
        if takes or position == written.after:
            self._note(place, written, now)
            return Step(takes)
        if position > written.first:  # read from Kafka already, and more
            return Step()
        self._in_step[place] = 0
        return Step(falls_out=self._rests.pop(place, None) is not None)

    def _is_next(self, place: P, position: int, written: Written) -> bool:
        """Whether nothing to be read stands before it.

        The marker of one's own transaction may. It stands somewhere after that one's records, and
        before the first record of the next: where these are one offset apart, there it is.
        """
        if position == written.first:
            return True
        passed = position + 1 == written.first and self._markers.get(place) == position
        return passed and written.in_transaction

    def _note(self, place: P, written: Written, now: float) -> None:
        if written.in_transaction:
            self._markers[place] = written.after
        self._in_step[place] += 1
        if self._in_step[place] > IN_STEP:
            self._rests[place] = now + REST_MS / 1000

    def resting_s(self, now: float) -> float | None:
        """Seconds until the first of those that rest is to be asked for; None: nobody rests."""
        for place in [place for place, until in self._rests.items() if until <= now]:
            del self._rests[place]
        return min(self._rests.values()) - now if self._rests else None

    def rests(self, place: P) -> bool:
        """Whether it need not be asked for, as of the last `resting_s`."""
        return place in self._rests
