"""Whatever the bytes are: an event, or InvalidEvent with a reason."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.event_codec import decode_event, encode_event, event_from
from orchestrator.core.events import INTERNAL, EventType
from orchestrator.core.refusals import Refusal
from orchestrator.errors import InvalidEvent
from tests.unit.core.canonical import decoded, fields, refusal
from tests.unit.core.samples import START, event


@pytest.mark.parametrize(
    "data",
    [
        {"notes": {5: "x"}},
        {"notes": START},
        {"notes": b"x"},
        {"notes": "\ud800"},
        {"\ud800": 1.0},
    ],
)
def test_what_is_no_json_is_refused_before_it_has_to_be_written(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent) as refused:
        event("SLP_UPDATED", data)

    assert refused.value.reason == Refusal.INVALID_FIELD
    refused.value.detail.encode()


@pytest.mark.parametrize("name", ["id", "tenant_id", "source_service"])
def test_an_unpaired_surrogate_is_refused(name: str) -> None:
    reason, detail = refusal(**{name: "\ud800"})

    assert reason == Refusal.INVALID_FIELD
    assert detail.startswith(f"{name}:")


@pytest.mark.parametrize("found", [[], None, "SEL_ALERT", 5])
def test_what_is_no_object_is_refused(found: Any) -> None:
    with pytest.raises(InvalidEvent) as refused:
        event_from(found)

    assert refused.value.reason == Refusal.NOT_AN_OBJECT


def test_an_unpaired_surrogate_deep_inside_is_found() -> None:
    reason, detail = refusal(
        type="BASELINE_COMPLETE", data={"overall_score": 1, "challenges": ["a", "\ud800"]}
    )

    assert reason == Refusal.INVALID_FIELD
    assert detail.startswith("data.challenges:")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"SLP_UPDATED","data":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"x":' + b'{"x":' * 10_000 + b"1" + b"}" * 10_001,
    ],
)
def test_json_ten_thousand_deep_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidEvent) as refused:
        decode_event(raw)

    assert refused.value.reason == Refusal.MALFORMED_JSON


def test_bytes_that_are_not_utf8_are_refused_even_in_a_field_that_nobody_reads() -> None:
    raw = json.dumps(fields()).encode()[:-1] + b',"mood":"\xff"}'

    with pytest.raises(InvalidEvent) as refused:
        decode_event(raw)

    assert refused.value.reason == Refusal.NOT_UTF8


def test_what_nobody_reads_may_be_anything_else() -> None:
    raw = json.dumps(fields() | {"mood": [float("nan"), 10**400]}).encode()

    assert decode_event(raw) == decoded()


@given(st.binary())
def test_bytes_are_an_event_or_refused(raw: bytes) -> None:
    _is_event_or_refused(raw)


_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["severity", "score", "accuracy", "x"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)


@given(
    st.sampled_from([*EventType, *INTERNAL, "sel_alert"]),
    st.dictionaries(
        st.sampled_from(
            ["id", "tenant_id", "timestamp", "received_at", "data", "correlation_id", "x"]
        ),
        _anything,
        max_size=2,
    ),
    st.dictionaries(
        st.sampled_from(
            ["alert_type", "severity", "communication_score", "performance_metrics", "answers"]
        ),
        _anything,
        max_size=2,
    ),
)
def test_any_object_is_an_event_or_refused(
    kind: str, changed: dict[str, Any], data: dict[str, Any]
) -> None:
    whole = fields(type=kind, data={"alert_type": "anxiety"} | data) | changed

    _is_event_or_refused(json.dumps(whole).encode())
    try:
        seen = event_from(whole)
    except InvalidEvent as error:
        _is_refused_well(error)
    else:
        assert decode_event(encode_event(seen)) == seen


def _is_refused_well(error: InvalidEvent) -> None:
    assert error.reason in set(Refusal)
    assert error.detail.encode(), "it goes into a record's headers"


def _is_event_or_refused(raw: bytes) -> None:
    try:
        seen = decode_event(raw)
    except InvalidEvent as error:
        _is_refused_well(error)
    else:
        assert decode_event(encode_event(seen)) == seen
