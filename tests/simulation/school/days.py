"""The days of two small schools, by seed: what producers write to Redis, and when.

All types of events in all dialects; bad ones among them, repeats, late ones, wrong clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.unit.dialects.shapes import CARRIERS, SHAPES, Json, Shape

BEGIN = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)

LEARNERS = (
    ("north", "ana"), ("north", "ben"), ("north", "a/b"),
    ("south", "ana"), ("south", "ben"), ("north/a", "b"),
)  # fmt: skip
"""The same ids in two tenants; and two that would be one key, were nothing encoded."""

STREAM_OF = {
    "BASELINE_COMPLETE": "aivo.events.baseline",
    "SLP_UPDATED": "aivo.events.slp",
    "SEL_ALERT": "aivo.events.sel",
    "COURSEWORK_ANALYZED": "aivo.events.coursework",
    "ASSESSMENT_COMPLETE": "aivo.events.assessment",
    "LEARNER_PROGRESS": "aivo.events.learner",
    "ENGAGEMENT_LOW": "aivo.events.learner",
}
STREAMS = tuple(dict.fromkeys(STREAM_OF.values()))
KINDS = (*STREAM_OF, "SEL_ALERT", "COURSEWORK_ANALYZED", "COURSEWORK_ANALYZED", "LEARNER_PROGRESS")
TIMELY = tuple(shape for shape in SHAPES if shape.part != "time")
"""Shapes that leave the time as it is: those of `time` put in one of their own."""

SCORES = (0.0, 0.2, 0.25, 0.29, 0.35, 0.4, 0.5, 0.6, 0.75, 0.8, 0.85, 0.9, 1.0)


@dataclass(frozen=True)
class Entry:
    """One XADD; `at`: when."""

    at: datetime
    stream: str
    fields: Mapping[bytes, bytes]


def school_days(seed: int) -> list[Entry]:
    """Some 30 to 100 entries within some hours, in the order of their times."""
    random = Random(f"days {seed}")
    at, events = BEGIN, []
    pace = random.choice([5.0, 60.0, 240.0])
    for number in range(random.randint(30, 90)):
        at += timedelta(seconds=random.expovariate(1 / pace))
        if random.random() < 0.01:
            at += timedelta(hours=random.choice([1, 13, 25]))
        events.append((at, _event(number, at, random)))
    repeats = [_repeat(each, random) for each in events if random.random() < 0.15]
    moved = [(_shuffled(when, random), event) for when, event in events]
    return [_entry(*each, random) for each in sorted(moved + repeats, key=lambda each: each[0])]


def _shuffled(at: datetime, random: Random) -> datetime:
    """Now and then an event is written up to a minute after its turn."""
    return at + timedelta(seconds=random.random() * 60) if random.random() < 0.2 else at


def _repeat(each: tuple[datetime, Json], random: Random) -> tuple[datetime, Json]:
    at, event = each
    return at + timedelta(seconds=random.choice([0, 1, 50, 900])), event


def _event(number: int, at: datetime, random: Random) -> Json:
    tenant, learner = random.choice(LEARNERS)
    kind = random.choice(KINDS)
    return {
        "id": f"e{number}",
        "type": kind,
        "tenant_id": tenant,
        "learner_id": learner,
        "timestamp": _event_time(at, random).isoformat().replace("+00:00", "Z"),
        "data": _DATA[kind](random),
    }


def _event_time(at: datetime, random: Random) -> datetime:
    chance = random.random()
    if chance < 0.75:
        return at - timedelta(seconds=random.choice([0, 1, 2]))
    if chance < 0.90:
        return at - timedelta(minutes=random.choice([1, 9, 11, 15, 40, 130]))
    if chance < 0.95:
        return at - timedelta(hours=random.choice([5, 23, 26, 24 * 31]))
    return at + timedelta(minutes=random.choice([1, 4, 10]))


def _entry(at: datetime, event: Json, random: Random) -> Entry:
    kind = event["type"]
    if random.random() < 0.06:
        return Entry(at, STREAM_OF[kind], random.choice(_BAD)(_copy(event)))
    written = _copy(event)
    for shape in _shapes(kind, written, random):
        written = shape.write(written)
    stream = STREAM_OF[kind] if random.random() < 0.98 else random.choice(STREAMS)
    return Entry(at, stream, random.choice(CARRIERS).carry(written))


def _shapes(kind: str, event: Json, random: Random) -> list[Shape]:
    """Up to three, of different parts, that this event can be written in."""
    chosen: dict[str, Shape] = {}
    for shape in random.sample(TIMELY, random.choice([0, 0, 1, 2, 3])):
        needs = ["severity"] if "severity" in shape.name else []
        fits = shape.types is None or kind in shape.types
        if fits and all(isinstance(event["data"].get(name), str) for name in needs):
            chosen.setdefault(shape.part, shape)
    return sorted(chosen.values(), key=TIMELY.index)


def _copy(event: Json) -> Json:
    return {**event, "data": dict(event["data"])}


def _baseline(random: Random) -> Json:
    return {
        "overall_score": random.choice(SCORES),
        "strengths": ["reading"],
        "challenges": random.choice([[], ["writing"]]),
    }


def _slp(random: Random) -> Json:
    return {"communication_score": random.choice(SCORES), "notes": "é" * random.choice([0, 400])}


def _sel(random: Random) -> Json:
    severity = random.choice(["low", "medium", "High", "critical", "", None, 5])
    data: dict[str, Any] = {"alert_type": random.choice(["anxiety", "Attention", "homesick"])}
    return data if random.random() < 0.1 else data | {"severity": severity}


def _coursework(random: Random) -> Json:
    return {
        "performance_metrics": {
            "accuracy": random.choice(SCORES),
            "engagement": random.choice([None, *SCORES]),
        },
        "session_duration": random.choice([None, 4, 12.5, 26]),
        "learning_gaps": random.choice([[], ["fractions"]]),
        "answers": random.choice([[], [True] * 5, [False, False, False], [True, False]]),
    }


def _assessment(random: Random) -> Json:
    return {"score": random.choice(SCORES)}


def _progress(random: Random) -> Json:
    return {"performance_score": random.choice(SCORES), "engagement_score": random.choice(SCORES)}


def _engagement(random: Random) -> Json:
    return {"engagement_score": random.choice(SCORES)}


_DATA = {
    "BASELINE_COMPLETE": _baseline,
    "SLP_UPDATED": _slp,
    "SEL_ALERT": _sel,
    "COURSEWORK_ANALYZED": _coursework,
    "ASSESSMENT_COMPLETE": _assessment,
    "LEARNER_PROGRESS": _progress,
    "ENGAGEMENT_LOW": _engagement,
}


def _carried(event: Json) -> dict[bytes, bytes]:
    return dict(CARRIERS[0].carry(event))


_BAD = (
    lambda event: _carried({name: event[name] for name in event if name != "tenant_id"}),
    lambda event: _carried(event | {"type": "LEVEL_SUGGESTION_FAILED"}),
    lambda event: _carried(event | {"type": "LUNCH_EATEN"}),
    lambda event: _carried(event | {"timestamp": "2025-03-03T08:00:00"}),
    lambda event: _carried(event | {"learner_id": 7}),
    lambda event: _carried(event | {"data": {"score": float("nan"), "alert_type": 1}}),
    lambda event: {b"data": b"\xff" + _carried(event)[b"data"]},
    lambda event: {b"data": _carried(event)[b"data"][:-7]},
    lambda _event: {b"data": b"[" * 10_000},
    lambda _event: {b"note": b"nothing to see"},
)
