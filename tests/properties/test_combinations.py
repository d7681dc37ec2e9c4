"""Each shape alone, and each two together, in each way an entry can carry them."""

import json
from itertools import combinations
from typing import Any

import pytest

from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.refusals import Refusal
from orchestrator.dialects.reading import read_entry
from orchestrator.errors import InvalidEvent
from tests.unit.dialects.golden_cases import RECEIVED_AT, SOURCE
from tests.unit.dialects.shapes import CARRIERS, PLAIN, Carrier, Json, Writing, canonical, writings

WRITINGS = list(writings())
Path = tuple[str, ...]

OUTSIDE_AND_INSIDE: dict[str, list[Path]] = {
    "learner_id": [
        ("learner_id",), ("student_id",), ("user_id",),
        ("data", "learner_id"), ("data", "student_id"), ("data", "user_id"),
    ],
    "tenant_id": [("tenant_id",), ("data", "tenant_id")],
    "id": [("id",), ("event_id",)],
    "timestamp": [("occurred_at",), ("created_at",), ("completed_at",)],
}  # fmt: skip
TWICE = [
    pytest.param(name, one, other, id=f"{'.'.join(one)} and {'.'.join(other)}")
    for name, places in OUTSIDE_AND_INSIDE.items()
    for one, other in combinations(places, 2)
]
CARRYING_OBJECTS = [each for each in CARRIERS if each is not PLAIN]
"""Those in which one name can stand both inside and outside."""

UPLOAD = {"upload_id": "u-1", "subjects": ["maths"], "topics": ["fractions"]}


def put(event: Json, path: Path, value: object) -> None:
    for name in path[:-1]:
        event = event[name]
    event[path[-1]] = value


def said_twice(name: str, one: Path, other: Path, values: list[Any]) -> Json:
    event = canonical("ASSESSMENT_COMPLETE")
    del event[name]
    put(event, one, values[0])
    put(event, other, values[1])
    return event


@pytest.mark.parametrize("writing", WRITINGS, ids=[each.name for each in WRITINGS])
def test_however_it_is_written_and_carried_it_is_the_same_event(writing: Writing) -> None:
    for kind in writing.kinds():
        for carrier in CARRIERS:
            event = read(carrier, writing.written(kind))
            assert json.loads(encode_event(event)) == writing.expected(kind), carrier.name


@pytest.mark.parametrize(("name", "one", "other"), TWICE)
def test_two_places_that_contradict_one_another_are_refused(
    name: str, one: Path, other: Path
) -> None:
    values = ["2025-03-01T08:00:00Z", "2025-03-01T07:00:00Z"] if name == "timestamp" else ["a", "b"]
    for carrier in CARRYING_OBJECTS:
        with pytest.raises(InvalidEvent) as caught:
            read(carrier, said_twice(name, one, other, values))
        assert caught.value.reason is Refusal.AMBIGUOUS
        assert caught.value.detail.startswith(f"{name}: ")


@pytest.mark.parametrize(("name", "one", "other"), TWICE)
def test_two_places_that_agree_are_one(name: str, one: Path, other: Path) -> None:
    said = canonical("ASSESSMENT_COMPLETE")[name]
    for carrier in CARRYING_OBJECTS:
        event = read(carrier, said_twice(name, one, other, [said, said]))
        assert event == read(carrier, canonical("ASSESSMENT_COMPLETE"))


@pytest.mark.parametrize("carrier", CARRIERS, ids=[each.name for each in CARRIERS])
@pytest.mark.parametrize("learner", ["learner_id", "student_id", "user_id"])
def test_an_announced_upload_is_refused_as_that_however_it_is_written(
    carrier: Carrier, learner: str
) -> None:
    for kind in ("COURSEWORK_ANALYZED", "coursework_uploaded"):
        upload = {"type": kind, "created_at": "2025-03-01T09:00:00Z"}
        for event in (
            upload | {"data": UPLOAD | {learner: "l-1"}},
            upload | UPLOAD | {learner: "1"},
        ):
            with pytest.raises(InvalidEvent, match="upload is announced") as caught:
                read(carrier, event)
            assert caught.value.reason is Refusal.UPLOAD_ANNOUNCEMENT


def read(carrier: Carrier, event: Json) -> Event:
    return read_entry(carrier.carry(json.loads(json.dumps(event))), SOURCE, RECEIVED_AT)
