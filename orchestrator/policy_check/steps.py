"""What can happen next in a searched history: an event, so long after what was before."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.event_codec import event_from
from orchestrator.core.events import Event, EventType
from orchestrator.core.ids import EventId, LearnerId
from orchestrator.core.times import MINUTE, SECOND, micros, moment

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""When every history begins: some Monday. No rule looks at the day."""

TENANT = "policy-check"
NOBODY = LearnerId("child")
"""Whose events the searched ones are; a history that is shown has a learner of its own."""

HAIR = 0.001
"""Just above or below a ratio."""
TICK = SECOND
"""Just before or after a time."""


class Step(Struct, frozen=True, eq=False):
    """An event `wait` microseconds after the newest time so far; below 0: before that time.

    `event` is of any id and time; each place in a history gives it its own.
    """

    event: Event
    wait: int


def step(kind: EventType, data: dict[str, Any], wait: int = MINUTE) -> Step:
    """The step of an event with that data."""
    common = {"id": "0", "tenant_id": TENANT, "learner_id": NOBODY}
    times = {"timestamp": BEGIN, "received_at": BEGIN}
    return Step(event_from({"type": kind, "data": data} | common | times), wait)


def placed(taken: Step, now: int | None, number: int, learner: LearnerId = NOBODY) -> Event:
    """The step's event as the `number`-th of a history whose newest time is `now` (None: begins).

    What lies before the newest time arrives now; anything else arrives when it happens.
    """
    at = micros(BEGIN) if now is None else now + taken.wait
    arrived = at if now is None else max(now, at)
    return replace(
        taken.event,
        id=EventId(f"{learner}-{number}"),
        learner_id=learner,
        timestamp=moment(at),
        received_at=moment(arrived),
    )


def around(*bounds: float) -> list[float]:
    """Each ratio 0..1 itself, and what lies just below and above it; the bounds first."""
    found = [*bounds, *(bound + side * HAIR for bound in bounds for side in (-1, 1))]
    return distinct(round(ratio, 9) for ratio in found if 0 <= ratio <= 1)


def waits(*spans: int) -> list[int]:
    """Each time itself, and a second less and more; none below 0."""
    found = [*spans, *(span + side * TICK for span in spans for side in (-1, 1))]
    return distinct(span for span in found if span >= 0)


def distinct(values: Iterable[Any]) -> list[Any]:
    """Each once, in the order of their first."""
    return list(dict.fromkeys(values))


def coursework(
    accuracy: float, wait: int = MINUTE, *, answers: Sequence[bool] = (), **more: Any
) -> Step:
    """A piece of coursework; with answers, its accuracy is the share of right ones."""
    data = {"performance_metrics": {"accuracy": accuracy}, "answers": list(answers)} | more
    return step(EventType.COURSEWORK_ANALYZED, data, wait)


def answered(right_first: bool, first: int, then: int) -> Step:
    """Coursework with so many answers of one kind and then so many of the other."""
    answers = [right_first] * first + [not right_first] * then
    return coursework(round(sum(answers) / len(answers), 9), answers=answers)
