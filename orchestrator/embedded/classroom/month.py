"""A class's past as it would stand in `orchestrator.events`: events as they arrived, not as they
happened.

Most arrive at once, some hours later from a tablet that was away, a few after more than a day; some
come twice, one in a while is none, and a learner is erased. Pure: the same month, the same records.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil
from operator import attrgetter
from random import Random
from typing import NamedTuple

import msgspec

from orchestrator.bridge.entries import Translator
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import EventType, LearnerErased
from orchestrator.core.ids import EventId, LearnerId, TenantId, learner_key
from orchestrator.embedded.classroom.classroom import ROUTES, Classroom, StreamEvent
from orchestrator.embedded.classroom.learner import TENANTS
from orchestrator.embedded.classroom.school_days import (
    FOUR_A_DAY,
    LONGEST,
    SCHOOL_DAYS,
    WEEK,
    Timetable,
)
from orchestrator.errors import OrchestratorError
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.records import Record

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday."""

EVENTS_A_SITTING = 5.38
"""In the mean, with what is reported beside sittings: counted over 200 learners and four weeks."""

LONGEST_DAY = 15 * 60.0
"""Minutes within which sittings begin, however many there are to be."""

ERASED_OF, ERASED = 1_000, 13
"""Of so many learners the one with this number is erased in the middle of the month."""
BROKEN_OF, BROKEN = 500, 7
"""Likewise the one of whom a program that is not the bridge writes a record that is no event."""

AWAY, LONG_AWAY, TWICE = 0.004, 0.0002, 0.001
"""Shares of the events that come late, that come after more than a day, and that come twice."""


class TooManyEvents(OrchestratorError):
    """A day has not enough minutes for what its learners are to do."""


class Arrival(NamedTuple):
    """A record, and when the bridge got it; `name` tells apart what came in one microsecond."""

    at: datetime
    name: str
    record: Record


class Month(NamedTuple):
    """What is wanted. `events`: about so many, of all learners in all `days`; `start`: aware."""

    learners: int = 5_000
    days: int = 30
    events: int = 5_000_000
    seed: int | str = 1
    partitions: int = 4
    start: datetime = START

    def timetable(self) -> Timetable:
        """How often each learner sits down on a school day. Raises TooManyEvents."""
        days = sum(day % WEEK < SCHOOL_DAYS for day in range(self.days))
        sittings = self.events / (self.learners * days * EVENTS_A_SITTING)
        if sittings <= len(FOUR_A_DAY.slots) * FOUR_A_DAY.chance:
            return FOUR_A_DAY._replace(chance=sittings / len(FOUR_A_DAY.slots))
        number = max(len(FOUR_A_DAY.slots), ceil(sittings / 0.9))
        apart = LONGEST_DAY / number
        if apart < LONGEST:
            most = int(LONGEST_DAY / LONGEST * 0.9 * self.learners * days * EVENTS_A_SITTING)
            raise TooManyEvents(
                f"{self.learners:,} learners cannot do so much in {self.days} days: ask for at"
                f" most {most:,} events, or for more learners."
            )
        slots = tuple(apart * slot for slot in range(number))
        return Timetable(slots, sittings / number, min(FOUR_A_DAY.jitter, apart - LONGEST))

    def arrivals(self, partition: int) -> Iterator[list[Arrival]]:
        """The records of a partition in the order of their arrival, those of a day at a time."""
        room = Classroom(self.learners, self.seed, self.start, self.timetable())
        lives = [_Life(self, room, number) for number in self._learners_of(partition)]
        waiting: list[Arrival] = []
        for day in range(1, self.days + 1):
            end = self.start + timedelta(days=day)
            for life in lives:
                waiting += life.until(end)
            waiting.sort(key=attrgetter("at", "name"))
            here = sum(arrival.at < end for arrival in waiting)
            yield waiting[:here]
            waiting = waiting[here:]
        yield waiting

    def _learners_of(self, partition: int) -> Iterator[int]:
        for number in range(1, self.learners + 1):
            key = learner_key(TENANTS[(number - 1) % len(TENANTS)], f"learner-{number:03}")
            if partition_of(key, self.partitions) == partition:
                yield number


class _Life:
    """A learner's events on their way through the bridge."""

    def __init__(self, month: Month, room: Classroom, number: int) -> None:
        self._events = room.life(number)
        self._next = next(self._events)
        self._rng = Random(f"{month.seed}/{number}/way")  # noqa: S311 - to be repeatable
        self._translators = {stream: Translator(stream) for stream, _ in ROUTES.values()}
        self._count = count(1)
        middle = month.start + timedelta(days=month.days / 2)
        self._erased_at = middle if number % ERASED_OF == ERASED else None
        self._broken = number % BROKEN_OF == BROKEN

    def until(self, end: datetime) -> Iterator[Arrival]:
        """What is sent before `end`; it may arrive after it."""
        while self._next[0] < end:
            at, name, told = self._next
            if self._erased_at is not None and at >= self._erased_at:
                yield _erasure(told, self._erased_at, self._rng)
                self._erased_at = None
            yield from self._arrivals(at, name, told)
            self._next = next(self._events)

    def _arrivals(self, at: datetime, name: str, told: StreamEvent) -> Iterator[Arrival]:
        here = at + self._delay()
        yield self._arrival(here, name, told)
        if self._rng.random() < TWICE:
            yield self._arrival(here + timedelta(seconds=self._rng.uniform(1, 60)), name, told)
        if self._broken and told.event["type"] == EventType.COURSEWORK_ANALYZED:
            self._broken = False
            yield _no_event(told, here, name)

    def _delay(self) -> timedelta:
        chance = self._rng.random()
        if chance < LONG_AWAY:
            return timedelta(hours=self._rng.uniform(25, 60))
        if chance < AWAY:
            return timedelta(minutes=self._rng.uniform(2, 180))
        return timedelta(seconds=self._rng.uniform(0.05, 1.5))

    def _arrival(self, at: datetime, name: str, told: StreamEvent) -> Arrival:
        entry_id = f"{int(at.timestamp() * 1000)}-{next(self._count)}".encode()
        fields = {b"data": msgspec.json.encode(told.event)}
        return Arrival(
            at, name, self._translators[told.stream].translate(entry_id, fields, at).record
        )


def _erasure(told: StreamEvent, at: datetime, rng: Random) -> Arrival:
    tenant, learner = told.event["tenant_id"], told.event["learner_id"]
    event = LearnerErased(
        id=EventId(f"erased:{rng.getrandbits(128):032x}"),
        tenant_id=TenantId(tenant),
        learner_id=LearnerId(learner),
        timestamp=at,
        received_at=at,
    )
    return Arrival(at, event.id, Record(learner_key(tenant, learner), encode_event(event)))


def _no_event(told: StreamEvent, at: datetime, name: str) -> Arrival:
    broken = {"id": f"{name}-broken", "received_at": at.isoformat(), "data": {"accuracy": 7}}
    key = learner_key(told.event["tenant_id"], told.event["learner_id"])
    return Arrival(at, f"{name}-broken", Record(key, msgspec.json.encode(told.event | broken)))
