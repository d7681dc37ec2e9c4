"""A learner's days: a baseline first, then sessions from Monday to Friday."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

from orchestrator.core.events import EventType
from orchestrator.embedded.classroom.learner import Learner, ratio
from orchestrator.embedded.classroom.session import session

SCHOOL_DAYS, WEEK = 5, 7


class Timetable(NamedTuple):
    """When a child may sit down to learn on a school day.

    `slots`: in minutes after school begins, each at least LONGEST + `jitter` before the next, so
    that no sitting lasts into the next; `chance`: that one takes place. It begins 12 minutes after
    its slot, and up to `jitter` later.
    """

    slots: tuple[float, ...] = (0.0, 110.0, 220.0, 330.0)
    chance: float = 0.75
    jitter: float = 40.0


FOUR_A_DAY = Timetable()
LONGEST = 50.0
"""Minutes of the longest sitting, with what is reported after it."""


class Happening(NamedTuple):
    """Something that is reported at a moment, in a session or beside one."""

    at: datetime
    type: EventType
    data: dict[str, Any]
    session: str


def school_days(
    learner: Learner, start: datetime, rng: Random, timetable: Timetable = FOUR_A_DAY
) -> Iterator[Happening]:
    """Yield the learner's happenings in order, without end. `start`: school begins, day one."""
    first = start + timedelta(seconds=rng.uniform(0, 600))
    yield Happening(first, EventType.BASELINE_COMPLETE, _baseline(learner, rng), "baseline")
    for day in count():
        if day % WEEK < SCHOOL_DAYS:
            yield from _school_day(learner, start + timedelta(days=day), day, rng, timetable)


def _school_day(
    learner: Learner, morning: datetime, day: int, rng: Random, timetable: Timetable
) -> Iterator[Happening]:
    for number, slot in enumerate(timetable.slots):
        if rng.random() < timetable.chance:
            begin = morning + timedelta(minutes=slot + 12 + rng.uniform(0, timetable.jitter))
            name = f"{learner.tenant_id}/{learner.learner_id}/{day + 1}.{number + 1}"
            for minute, kind, data in session(learner, rng):
                yield Happening(begin + timedelta(minutes=minute), kind, data, name)
    if rng.random() < 0.2:
        speech = {"communication_score": ratio(rng.gauss(learner.communication, 0.1))}
        after = morning + timedelta(minutes=timetable.slots[-1] + 100 + rng.uniform(0, 20))
        yield Happening(after, EventType.SLP_UPDATED, speech, "speech")


def _baseline(learner: Learner, rng: Random) -> dict[str, Any]:
    return {
        "overall_score": ratio(rng.gauss(learner.ability, 0.08)),
        "strengths": list(learner.strengths),
        "challenges": list(learner.challenges),
    }
