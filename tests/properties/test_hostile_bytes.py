"""Whatever the bytes are: an event, or InvalidEvent with a reason of the closed set."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.event_codec import encode_event, unknown_fields
from orchestrator.core.events import EventType
from orchestrator.core.refusals import Refusal
from orchestrator.dialects.adapting import adapt
from orchestrator.dialects.entry import BODY_FIELDS, TYPE_FIELDS
from orchestrator.dialects.reading import Reading, read_entry, read_object, reading_of_entry
from orchestrator.errors import InvalidEvent
from tests.unit.dialects.golden_cases import RECEIVED_AT, SOURCE, entry_fields, golden_cases
from tests.unit.dialects.shapes import DATA, canonical

REASONS = frozenset(Refusal)
KNOWN_NAMES = [
    "id", "type", "event_type", "tenant_id", "learner_id", "timestamp", "data", "received_at",
    "source_service", "correlation_id", "score", "alert_type", "severity", "overall_score",
    "performance_metrics", "accuracy", "communication_score", "answers", "session_duration",
    "event_id", "student_id", "user_id", "occurred_at", "created_at", "completed_at", "metadata",
    "accuracy_percentage", "strengths", "weaknesses", "upload_id", "subjects", "topics",
]  # fmt: skip
KNOWN_VALUES: list[Any] = [
    "ASSESSMENT_COMPLETE", "SLP_UPDATED", "sel_alert", "Coursework_Analyzed", "learner_progress",
    "2025-03-01T09:00:00Z", "2025-03-01T09:00:00", 1740819600, 1740819600000, 0.5, 10**400,
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", -1, 1e308, "\ud800", "t-1",
    "baseline_complete", 76, True,
]  # fmt: skip

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
names = st.sampled_from(KNOWN_NAMES) | st.text(max_size=8)
values = st.recursive(
    st.sampled_from(KNOWN_VALUES) | scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)
objects = st.dictionaries(names, values, max_size=9)
field_names = (
    st.sampled_from([*BODY_FIELDS, *TYPE_FIELDS, b"timestamp", b"id", b"student_id"]) | st.binary()
)
"""Where an example takes long."""

goldens = [entry_fields(case) for case in golden_cases().values()]


def reading(fields: dict[bytes, bytes]) -> Reading | InvalidEvent:
    try:
        return reading_of_entry(fields, SOURCE, RECEIVED_AT, "t-1")
    except InvalidEvent as invalid:
        return invalid


def read(fields: dict[bytes, bytes]) -> None:
    got = reading(fields)
    if isinstance(got, InvalidEvent):
        assert got.reason in REASONS
        assert got.detail
    else:
        again = read_entry({b"data": encode_event(got.event)}, SOURCE, RECEIVED_AT)
        assert again == got.event
        assert all(isinstance(name, str) for name in unknown_fields(got.found))


@given(st.dictionaries(field_names, st.binary(), max_size=5))
def test_fields_of_arbitrary_bytes(fields: dict[bytes, bytes]) -> None:
    read(fields)


@given(st.sampled_from(BODY_FIELDS), objects)
def test_arbitrary_objects_in_an_entry(body: bytes, found: dict[str, Any]) -> None:
    read({body: json.dumps(found).encode()})


@given(st.sampled_from(goldens), st.data())
def test_golden_entries_with_a_byte_changed(
    fields: dict[bytes, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(fields)))
    value = bytearray(fields[name] or b" ")
    place = data.draw(st.integers(0, len(value) - 1))
    value[place] = data.draw(st.integers(0, 255))
    read({**fields, name: bytes(value)})


@given(
    st.dictionaries(st.sampled_from([name.encode() for name in KNOWN_NAMES]), values, max_size=9)
)
def test_arbitrary_plain_fields(found: dict[bytes, Any]) -> None:
    read({name: json.dumps(value).encode() for name, value in found.items()})


@given(st.sampled_from(sorted(DATA)), objects)
def test_the_short_way_of_canonical_objects_leads_where_the_long_one_does(
    kind: str, more: dict[str, Any]
) -> None:
    found = canonical(kind) | {name: more[name] for name in more.keys() - {"event_id"}}
    before = repr(found)
    assert adapted(found) == adapted(found | {"event_id": None})
    assert repr(found) == before


def adapted(found: dict[str, Any]) -> str:
    try:
        return repr(sorted((adapt(found) | {"event_id": None}).items()))
    except InvalidEvent as invalid:
        return invalid.reason


@given(objects)
def test_arbitrary_objects_of_a_trigger(found: dict[str, Any]) -> None:
    try:
        encoded = encode_event(read_object(found, "trigger:1", RECEIVED_AT, "t-1"))
    except InvalidEvent:
        return
    assert json.loads(encoded)["type"] in set(EventType)
