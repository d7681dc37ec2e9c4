"""Events, read and written."""

import json
from typing import Any

import pytest
from hypothesis import given

from orchestrator.core.alerts import AlertType, Severity
from orchestrator.core.event_codec import decode_event, encode_event, unknown_fields
from orchestrator.core.events import INTERNAL, Event, EventType, PublicEvent, SelAlert, SlpUpdated
from orchestrator.core.refusals import Refusal
from orchestrator.errors import InvalidEvent
from tests.properties.histories import events
from tests.unit.core.canonical import decoded, fields, refusal
from tests.unit.core.samples import Learner as SomeLearner
from tests.unit.core.samples import event, failed, progress


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
    assert [kind.type for kind in PublicEvent.__args__] == list(EventType)


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


def test_a_field_may_be_null_where_it_may_be_absent() -> None:
    data = {"overall_score": 0.5, "strengths": None, "challenges": None}

    seen = decoded(type="BASELINE_COMPLETE", data=data, source_service=None)

    assert seen == decoded(type="BASELINE_COMPLETE", data={"overall_score": 0.5})


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
