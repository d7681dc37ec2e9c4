"""The shapes in which producers write an event, each a rewriting of the canonical object.

Two shapes that rewrite different parts can be had together; the expected event stays the same.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import combinations
from typing import Any, NamedTuple

from tests.unit.dialects.golden_cases import SOURCE

Json = dict[str, Any]
Entry = dict[bytes, bytes]
Write = Callable[[Json], Json]
Carry = Callable[[Json], Entry]

DATA: dict[str, Json] = {
    "BASELINE_COMPLETE": {"overall_score": 0.76, "strengths": ["a"], "challenges": ["b", "c"]},
    "SLP_UPDATED": {"communication_score": 0.3, "goals": ["r"], "sessions": {"kept": 3}},
    "SEL_ALERT": {"alert_type": "anxiety", "severity": "high"},
    "COURSEWORK_ANALYZED": {
        "performance_metrics": {"accuracy": 0.7, "engagement": 0.5},
        "session_duration": 4.5,
        "learning_gaps": ["fractions"],
        "answers": [True, False],
    },
    "ASSESSMENT_COMPLETE": {"score": 0.5, "percentile": 40.0, "assessment_type": "unit"},
    "LEARNER_PROGRESS": {"performance_score": 0.5, "engagement_score": 0.4},
    "ENGAGEMENT_LOW": {"engagement_score": 0.2},
}
TIME = "2025-03-01T09:00:00Z"
AROUND = (
    "id", "event_id", "type", "event_type", "tenant_id", "learner_id", "student_id", "user_id",
    "timestamp", "occurred_at", "created_at", "completed_at", "source_service", "correlation_id",
)  # fmt: skip


class Shape(NamedTuple):
    """`part`: what it rewrites; two of one part cannot be had together. `types`: None is any."""

    name: str
    part: str
    write: Write
    types: frozenset[str] | None = None
    changes: Json = {}  # noqa: RUF012 - what it makes of the expected event


class Carrier(NamedTuple):
    """How an object is put into the fields of an entry."""

    name: str
    carry: Carry


def canonical(kind: str) -> Json:
    return {
        "id": "e-1",
        "type": kind,
        "source_service": "s-1",
        "correlation_id": "c-1",
        "tenant_id": "t-1",
        "learner_id": "l-1",
        "timestamp": TIME,
        "data": json.loads(json.dumps(DATA[kind])),
    }


def renamed(old: str, new: str) -> Write:
    """Gives `old` the name `new`, wherever it stands."""

    def write(event: Json) -> Json:
        data = event.get("data", {})
        holder = data if old in data else event
        holder[new] = holder.pop(old)
        return event

    return write


def inside(name: str) -> Write:
    def write(event: Json) -> Json:
        event["data"][name] = event.pop(name)
        return event

    return write


def beside(name: str) -> Write:
    def write(event: Json) -> Json:
        event[name] = event["data"].pop(name)
        return event

    return write


def with_time(number: Callable[[float], float]) -> Write:
    def write(event: Json) -> Json:
        event["timestamp"] = number(datetime.fromisoformat(TIME).timestamp())
        return event

    return write


def flat(event: Json) -> Json:
    return {**event, **event.pop("data")}


def lower_case(event: Json) -> Json:
    return event | {"type": event["type"].lower()}


def without_id(event: Json) -> Json:
    del event["id"]
    return event


def with_unknown_fields(event: Json) -> Json:
    return event | {"version": 3, "trace": {"deep": [1]}}


def of_assessment_svc(event: Json) -> Json:
    data = event["data"]
    event["data"] = {
        "accuracy_percentage": data["overall_score"] * 100,
        "proficiency_level": "B2",
        "final_theta": 0.84,
        "metadata": {"strengths": data["strengths"], "weaknesses": data["challenges"]},
    }
    event["completed_at"] = event.pop("timestamp")
    return event


def loud_severity(event: Json) -> Json:
    event["data"]["severity"] = event["data"]["severity"].upper()
    return event


BASELINE = frozenset({"BASELINE_COMPLETE"})
SEL = frozenset({"SEL_ALERT"})
NOT_SLP = frozenset(DATA) - {"SLP_UPDATED"}

SHAPES = (
    Shape("assessment-svc", "name of the time", of_assessment_svc, types=BASELINE),
    Shape("type in lower case", "case of the type", lower_case),
    Shape("time in seconds", "time", with_time(float)),
    Shape("time in milliseconds", "time", with_time(lambda seconds: int(seconds * 1000))),
    Shape("no id", "id", without_id, changes={"id": SOURCE}),
    Shape("unknown fields", "unknown", with_unknown_fields, types=NOT_SLP),
    Shape("tenant inside data", "place of the tenant", inside("tenant_id")),
    Shape("learner inside data", "place of the learner", inside("learner_id")),
    Shape("severity in capitals", "case of severity", loud_severity, types=SEL),
    Shape("severity beside data", "place of severity", beside("severity"), types=SEL),
    Shape("alert_type beside data", "place of alert_type", beside("alert_type"), types=SEL),
    Shape("event_type", "name of the type", renamed("type", "event_type")),
    Shape("event_id", "id", renamed("id", "event_id")),
    Shape("student_id", "name of the learner", renamed("learner_id", "student_id")),
    Shape("user_id", "name of the learner", renamed("learner_id", "user_id")),
    Shape("occurred_at", "name of the time", renamed("timestamp", "occurred_at")),
    Shape("created_at", "name of the time", renamed("timestamp", "created_at")),
    Shape("completed_at", "name of the time", renamed("timestamp", "completed_at")),
    Shape("flat", "place of data", flat),
)
"""In the order in which two are applied."""


def in_body(name: bytes) -> Carry:
    return lambda event: {name: json.dumps(event).encode()}


def as_envelope(event: Json) -> Entry:
    body = event.pop("data", None)
    if body is None:
        body = {name: event.pop(name) for name in list(event) if name not in AROUND}
    return {**plain(event), b"payload": json.dumps(body).encode()}


def type_outside(event: Json) -> Entry:
    name = "type" if "type" in event else "event_type"
    return {name.encode(): event.pop(name).encode(), b"data": json.dumps(event).encode()}


def plain(event: Json) -> Entry:
    return {name.encode(): _plain(value) for name, value in event.items()}


def plain_flat(event: Json) -> Entry:
    return plain(flat(event) if "data" in event else event)


def _plain(value: Any) -> bytes:
    return (value if isinstance(value, str) else json.dumps(value)).encode()


PLAIN = Carrier("plain fields", plain_flat)
CARRIERS = (
    Carrier("field data", in_body(b"data")),
    Carrier("field payload", in_body(b"payload")),
    Carrier("field event", in_body(b"event")),
    Carrier("entry as envelope", as_envelope),
    Carrier("type from the entry", type_outside),
    PLAIN,
)


class Writing(NamedTuple):
    """An event as `shapes` write it."""

    shapes: tuple[Shape, ...]

    @property
    def name(self) -> str:
        return " + ".join(each.name for each in self.shapes) or "canonical"

    def kinds(self) -> list[str]:
        """The types of events that can be written so."""
        return [
            kind for kind in DATA if all(s.types is None or kind in s.types for s in self.shapes)
        ]

    def written(self, kind: str) -> Json:
        event = canonical(kind)
        for shape in self.shapes:
            event = shape.write(event)
        return event

    def expected(self, kind: str) -> Json:
        event = canonical(kind) | {"received_at": "2025-03-01T09:00:01Z"}
        for shape in self.shapes:
            event |= shape.changes
        return event


def writings() -> Iterator[Writing]:
    """The canonical one, each shape alone, and each two that can be had together."""
    yield Writing(())
    yield from (Writing((shape,)) for shape in SHAPES)
    for one, other in combinations(SHAPES, 2):
        pair = Writing((one, other))
        if one.part != other.part and pair.kinds():
            yield pair
