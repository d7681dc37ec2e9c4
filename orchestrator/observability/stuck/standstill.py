"""Which of several things stands still although it has work. Pure: the time is given."""

from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """Something that moves while it has work: `done` grows as it gets on."""

    name: str
    done: int
    has_work: bool


class Standing(NamedTuple):
    """A place that stands still, and for how long, in seconds."""

    name: str
    seconds: float


class _Mark(NamedTuple):
    done: int
    since: float


class Standstills:
    """Tells of each standstill once: again only when the place has moved, or had no work."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._marks: dict[str, _Mark] = {}
        self._told: set[str] = set()

    def look(self, now: float, places: Iterable[Place]) -> list[Standing]:
        """Those that have just stood still for `after_s`; a place that is missing has no work."""
        marks = {place.name: self._mark(now, place) for place in places if place.has_work}
        moved = {name for name in self._told if marks.get(name) != self._marks.get(name)}
        self._marks = marks
        self._told -= moved
        late = [
            Standing(name, now - mark.since)
            for name, mark in marks.items()
            if now - mark.since >= self._after_s and name not in self._told
        ]
        self._told |= {each.name for each in late}
        return late

    def _mark(self, now: float, place: Place) -> _Mark:
        known = self._marks.get(place.name)
        return known if known is not None and known.done == place.done else _Mark(place.done, now)


class AwakeClock:
    """Seconds in which this process ran, as far as whoever asks often can know.

    A process that was stopped (SIGSTOP, a paused container, a machine that swaps) sees its clock
    leap. That leap is nobody's standstill: no more of it counts than one look takes.
    """

    def __init__(self, started: float, longest_s: float) -> None:
        """`longest_s`: between two looks of a process that runs."""
        self._last = started
        self._longest_s = longest_s
        self._awake_s = 0.0

    def read(self, now: float) -> float:
        """The seconds so far; `now` by a clock that never goes back."""
        self._awake_s += min(now - self._last, self._longest_s)
        self._last = now
        return self._awake_s
