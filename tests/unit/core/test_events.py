"""Events, read and written."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.events import (
    INTERNAL,
    AlertType,
    Event,
    EventType,
    SelAlert,
    Severity,
    SlpUpdated,
    decode_event,
    encode_event,
    event_from,
    unknown_fields,
)
from orchestrator.core.refusals import Refusal
from orchestrator.errors import InvalidEvent
from tests.unit.core.histories import events
from tests.unit.core.samples import START, event, failed, progress
from tests.unit.core.samples import Learner as SomeLearner

few = settings(max_examples=40, deadline=None)


def fields(**changed: Any) -> dict[str, Any]:
    """A canonical ENGAGEMENT_LOW as JSON has it, with fields changed, or left out (None)."""
    whole = {
        "id": "e-1",
        "type": "ENGAGEMENT_LOW",
        "tenant_id": "school",
        "learner_id": "ana",
        "timestamp": "2024-03-04T09:00:00Z",
        "received_at": "2024-03-04T09:00:01Z",
        "data": {},
    } | changed
    return {name: value for name, value in whole.items() if value is not None}


def decoded(**changed: Any) -> Event:
    return decode_event(json.dumps(fields(**changed)).encode())


def refusal(**changed: Any) -> tuple[str, str]:
    """Why it is refused, by both ways of reading."""
    with pytest.raises(InvalidEvent) as by_bytes:
        decoded(**changed)
    with pytest.raises(InvalidEvent) as by_object:
        event_from(fields(**changed))
    assert by_bytes.value.reason == by_object.value.reason
    return by_bytes.value.reason, by_bytes.value.detail


@few
@given(events())
def test_what_was_written_reads_the_same(seen: Event) -> None:
    assert decode_event(encode_event(seen)) == seen


def test_an_internal_event_reads_the_same() -> None:
    suggestion = SomeLearner().sees(progress(0.9)).actions[0]
    seen = failed(suggestion, "Easy")

    assert decode_event(encode_event(seen)) == seen
    assert seen.type in INTERNAL


def test_internal_types_are_none_that_producers_may_send() -> None:
    assert not INTERNAL & set(EventType)
    assert len(EventType) == 7


def test_a_type_is_read_in_any_case_and_is_upper_case_inside() -> None:
    assert decoded(type="engagement_Low").type is EventType.ENGAGEMENT_LOW


@pytest.mark.parametrize(
    "kind", ["LUNCH", "", 5, ["ENGAGEMENT_LOW"], "ENGAGEMENT_LOW ", "\u017fel_alert"]
)
def test_an_unknown_type_is_refused(kind: object) -> None:
    reason, detail = refusal(type=kind)

    assert reason == Refusal.UNKNOWN_TYPE
    assert detail.startswith("type")


@pytest.mark.parametrize("name", ["id", "learner_id", "type", "timestamp", "received_at"])
def test_a_missing_field_is_named(name: str) -> None:
    reason, detail = refusal(**{name: None})

    assert (reason, detail) == (Refusal.MISSING_FIELD, f"{name} is missing")


def test_null_is_as_good_as_missing() -> None:
    raw = json.dumps(fields() | {"tenant_id": None}).encode()

    with pytest.raises(InvalidEvent) as refused:
        decode_event(raw)

    assert refused.value.reason == Refusal.MISSING_TENANT


def test_a_missing_tenant_has_a_reason_of_its_own() -> None:
    assert refusal(tenant_id=None) == (Refusal.MISSING_TENANT, "tenant_id is missing")


@pytest.mark.parametrize("name", ["id", "tenant_id", "learner_id"])
@pytest.mark.parametrize("bad", ["", "x" * 129, 7, True, ["a"]])
def test_an_id_is_a_string_of_1_to_128(name: str, bad: object) -> None:
    reason, detail = refusal(**{name: bad})

    assert reason == Refusal.INVALID_FIELD
    assert detail.startswith(f"{name}:")


def test_an_id_of_128_is_fine() -> None:
    assert decoded(id="é" * 128).id == "é" * 128


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-04T09:00:00Z",
        "2024-03-04T10:00:00+01:00",
        "2024-03-04 09:00:00.000z",
        1709542800,
        1709542800.0,
        1709542800000,
    ],
)
def test_a_time_is_read_in_each_of_its_forms(text: object) -> None:
    seen = decoded(timestamp=text)

    assert seen.timestamp == START
    assert b'"timestamp":"2024-03-04T09:00:00Z"' in encode_event(seen)


def test_times_run_from_1970_to_9000() -> None:
    first = decoded(timestamp=0, received_at="1970-01-01T00:00:00Z")

    assert first.timestamp == first.received_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert decoded(timestamp="8999-12-31T23:59:59Z").timestamp.year == 8999
    assert refusal(received_at="9000-01-01T00:00:00Z")[1].startswith("received_at:")


def test_numbers_are_milliseconds_from_1e11_on() -> None:
    assert decoded(timestamp=1e11).timestamp == datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)
    assert decoded(timestamp=1e11 - 1).timestamp.year == 5138


@pytest.mark.parametrize(
    "bad",
    [
        "2024-03-04T09:00:00",
        "2024-03-04",
        "yesterday",
        "1709542800",
        "1969-12-31T23:59:59Z",
        "9000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+23:00",
        -1,
        True,
        1e300,
        10**40,
        10**400,
        {},
    ],
)
def test_a_time_without_a_zone_or_out_of_range_is_refused(bad: object) -> None:
    reason, detail = refusal(timestamp=bad)

    assert reason == Refusal.INVALID_FIELD
    assert detail.startswith("timestamp:")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_time_that_is_no_number_is_refused(bad: float) -> None:
    assert refusal(timestamp=bad)[0] == Refusal.INVALID_FIELD


def test_the_arrival_is_written_by_us_and_has_one_form() -> None:
    assert refusal(received_at=1709542800)[1].startswith("received_at:")
    assert refusal(received_at="9999-12-31T23:59:59Z")[1].startswith("received_at:")


def test_times_are_written_in_utc() -> None:
    east = START.astimezone(timezone(timedelta(hours=5)))
    for at, arrival in ((east, east), (START, east), (east, START)):
        seen = event("ENGAGEMENT_LOW", {}, at, received_at=arrival)

        raw = encode_event(seen)

        assert raw.count(b"2024-03-04T09:00:00Z") == 2
        assert decode_event(raw) == seen


def test_a_time_without_a_zone_cannot_be_written() -> None:
    naive = msgspec.structs.replace(
        event("ENGAGEMENT_LOW", {}),
        timestamp=datetime(2024, 3, 4, 9),  # noqa: DTZ001
    )

    with pytest.raises(TypeError):
        encode_event(naive)


@pytest.mark.parametrize(
    ("given_type", "alert_type"),
    [("ANXIETY", AlertType.ANXIETY), ("homesick", AlertType.OTHER), (5, AlertType.OTHER)],
)
def test_an_unknown_alert_is_other(given_type: object, alert_type: AlertType) -> None:
    seen = decoded(type="SEL_ALERT", data={"alert_type": given_type})

    assert isinstance(seen, SelAlert)
    assert seen.data.alert_type is alert_type


@pytest.mark.parametrize(
    ("found", "severity", "unknown"),
    [
        ("low", Severity.LOW, None),
        ("HIGH", Severity.HIGH, None),
        ("", Severity.MEDIUM, None),
        (None, Severity.MEDIUM, None),
        ("severe", Severity.HIGH, "severe"),
        (" low", Severity.HIGH, " low"),
        (5, Severity.HIGH, "5"),
        (False, Severity.HIGH, "False"),
        (10**200, Severity.HIGH, "int"),
        ([], Severity.HIGH, "list"),
        ({"grade": 1}, Severity.HIGH, "dict"),
        ("x" * 5_000, Severity.HIGH, "x" * 64),
    ],
)
def test_a_severity_that_nobody_knows_is_high_and_marked(
    found: object, severity: Severity, unknown: str | None
) -> None:
    raw = {"alert_type": "anxiety", "severity": found}

    for seen in (decoded(type="SEL_ALERT", data=raw), event("SEL_ALERT", raw)):
        assert isinstance(seen, SelAlert)
        assert (seen.data.severity, seen.data.unknown_severity) == (severity, unknown)
        assert decode_event(encode_event(seen)) == seen


@pytest.mark.parametrize("found", [7, ["x"], "x" * 65])
def test_an_alert_is_not_lost_over_a_field_that_is_named_like_our_mark(found: object) -> None:
    data = {"alert_type": "anxiety", "severity": "high", "unknown_severity": found}

    for seen in (decoded(type="SEL_ALERT", data=data), event("SEL_ALERT", data)):
        assert isinstance(seen, SelAlert)
        assert (seen.data.severity, seen.data.unknown_severity) == (Severity.HIGH, None)


def test_a_profile_is_kept_as_it_is() -> None:
    data = {"communication_score": 1, "goals": ["r", {"sound": "sch"}], "since": None}
    seen = decoded(type="SLP_UPDATED", data=data)

    assert isinstance(seen, SlpUpdated)
    assert seen.data == data
    assert seen.communication_score == 1.0


@pytest.mark.parametrize(
    ("profile", "named"),
    [
        ({"communication_score": "0.5"}, "data.communication_score"),
        ({"communication_score": True}, "data.communication_score"),
        ({"communication_score": 1.5}, "data.communication_score"),
        ({"notes": float("nan")}, "data.notes"),
        ({"notes": [float("-inf")]}, "data.notes"),
        (["notes"], "data"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused(profile: object, named: str) -> None:
    reason, detail = refusal(type="SLP_UPDATED", data=profile)

    assert reason == Refusal.INVALID_FIELD
    assert detail.startswith(f"{named}:")


@pytest.mark.parametrize(("depth", "refused"), [(32, False), (33, True), (400, True)])
def test_a_profile_is_not_nested_without_bounds(depth: int, refused: bool) -> None:
    notes: list[Any] = []
    for _ in range(depth):
        notes = [notes]
    data = {"notes": notes}

    if refused:
        assert "nested" in refusal(type="SLP_UPDATED", data=data)[1]
    else:
        assert isinstance(decoded(type="SLP_UPDATED", data=data), SlpUpdated)


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


def test_a_field_may_be_null_where_it_may_be_absent() -> None:
    data = {"overall_score": 0.5, "strengths": None, "challenges": None}

    seen = decoded(type="BASELINE_COMPLETE", data=data, source_service=None)

    assert seen == decoded(type="BASELINE_COMPLETE", data={"overall_score": 0.5})


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


@few
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


@settings(max_examples=60, deadline=None)
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


def test_unknown_fields_are_found_wherever_they_stand() -> None:
    whole = fields(
        type="coursework_analyzed",
        mood="fine",
        data={"performance_metrics": {"accuracy": 1, "speed": 2}, "room": 5},
    )

    assert unknown_fields(whole) == ["mood", "data.room", "data.performance_metrics.speed"]


def test_a_profile_has_no_unknown_fields() -> None:
    assert unknown_fields(fields(type="SLP_UPDATED", data={"goals": 1})) == []


@pytest.mark.parametrize("kind", [None, 5, "LUNCH"])
def test_of_an_unknown_type_only_the_envelope_is_known(kind: object) -> None:
    assert unknown_fields(fields(type=kind, data={"x": 1}, mood=1)) == ["mood"]
