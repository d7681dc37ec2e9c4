"""All learners' events in the order of their times, each with the stream it belongs into."""

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from random import Random
from typing import Any, NamedTuple

from orchestrator.core.events import EventType
from orchestrator.embedded.classroom.learner import Learner, make_learner
from orchestrator.embedded.classroom.school_days import (
    FOUR_A_DAY,
    Happening,
    Timetable,
    school_days,
)

ROUTES = {
    EventType.BASELINE_COMPLETE: ("aivo.events.baseline", "assessment-svc"),
    EventType.SLP_UPDATED: ("aivo.events.slp", "slp-svc"),
    EventType.SEL_ALERT: ("aivo.events.sel", "sel-svc"),
    EventType.COURSEWORK_ANALYZED: ("aivo.events.coursework", "coursework-svc"),
    EventType.ASSESSMENT_COMPLETE: ("aivo.events.assessment", "assessment-svc"),
    EventType.LEARNER_PROGRESS: ("aivo.events.learner", "learner-svc"),
    EventType.ENGAGEMENT_LOW: ("aivo.events.learner", "learner-svc"),
}
"""Each type's stream, and the service that would write there."""


class StreamEvent(NamedTuple):
    """A canonical event as a JSON object, and the name of its stream."""

    stream: str
    event: dict[str, Any]


class Classroom:
    """A class of so many learners. The same seed, start and number: the same events.

    `seed`: an int or a str. `start`: when school begins on the first day, aware; a day has seven
    hours of school, five days a week.
    """

    def __init__(
        self,
        learners: int,
        seed: int | str,
        start: datetime,
        timetable: Timetable = FOUR_A_DAY,
    ) -> None:
        self._learners = learners
        self._seed = seed
        self._start = start
        self._timetable = timetable

    def events(self) -> Iterator[StreamEvent]:
        """Yield events by their time, without end; every call begins anew."""
        lives = [self.life(number) for number in range(1, self._learners + 1)]
        for _, _, happening in merge(*lives):
            yield happening

    def life(self, number: int) -> Iterator[tuple[datetime, str, StreamEvent]]:
        """Yield (time, event id, event) of a learner by its number, from 1 on, without end.

        Each learner has chance of its own, so others do not matter.
        """
        rng = Random(f"{self._seed}/{number}")  # noqa: S311 - to be repeatable, not secret
        learner = make_learner(number, rng)
        for happening in school_days(learner, self._start, rng, self._timetable):
            event_id = f"{rng.getrandbits(64):016x}"
            yield happening.at, event_id, _stream_event(learner, happening, event_id)


def _stream_event(learner: Learner, happening: Happening, event_id: str) -> StreamEvent:
    stream, service = ROUTES[happening.type]
    event = {
        "id": event_id,
        "type": happening.type.value,
        "source_service": service,
        "correlation_id": happening.session,
        "tenant_id": learner.tenant_id,
        "learner_id": learner.learner_id,
        "timestamp": happening.at.isoformat(timespec="milliseconds"),
        "data": happening.data,
    }
    return StreamEvent(stream, event)
