"""The body of the trigger: the event that it means, or every fault of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.event_codec import event_from
from orchestrator.core.events import Event, EventType
from orchestrator.errors import InvalidEvent
from orchestrator.web.problems import Problem
from orchestrator.web.trigger_body import MAX_FAULTS, event_of
from orchestrator.web.trigger_faults import SOUND_DATA

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SCORE = {"score": 0.5}


def body(**changes: Any) -> dict[str, Any]:
    sound = {"type": "ASSESSMENT_COMPLETE", "tenant_id": "t", "learner_id": "l", "data": SCORE}
    return {name: value for name, value in (sound | changes).items() if value is not ...}


def read(given: Mapping[str, Any]) -> Event:
    return event_of(given, NOW, "trigger:new")


def faults(**changes: Any) -> dict[str, str]:
    with pytest.raises(Problem) as caught:
        read(body(**changes))
    assert caught.value.status == 422
    assert caught.value.errors
    return dict(caught.value.errors)


@pytest.mark.parametrize("kind", list(EventType))
def test_every_type_has_data_with_which_it_is_sound(kind: EventType) -> None:
    event = read(body(type=kind.value, data=SOUND_DATA[kind]))
    assert event.type == kind


def test_null_is_as_good_as_absent_where_it_may_be_absent() -> None:
    event = read(body(id=None, timestamp=None))
    assert (event.id, event.timestamp) == ("trigger:new", NOW)


@pytest.mark.parametrize("name", ["type", "tenant_id", "learner_id", "data"])
@pytest.mark.parametrize("value", [..., None, 5, [], ""])
def test_what_is_required_cannot_be_missing_nor_of_another_type(name: str, value: object) -> None:
    assert set(faults(**{name: value})) == {name}


def test_no_field_is_required_that_the_caller_need_not_know() -> None:
    assert set(faults(received_at="2026-03-04T12:00:00Z", source_service="x")) == {
        "received_at",
        "source_service",
    }


@pytest.mark.parametrize(
    "kind", ["LEVEL_SUGGESTION_FAILED", "LEARNER_ERASED", "PARTY", "sel_alert\u017f"]
)
def test_internal_and_unknown_types_are_refused(kind: str) -> None:
    assert set(faults(type=kind)) == {"type"}


def test_a_time_up_to_five_minutes_ahead_is_taken_and_no_more() -> None:
    ahead = NOW + timedelta(minutes=5)
    assert read(body(timestamp=ahead.isoformat())).timestamp == ahead
    found = faults(timestamp=(ahead + timedelta(milliseconds=1)).isoformat())
    assert found == {"timestamp": "lies more than 5 min ahead of the orchestrator's clock"}


def test_a_time_ahead_is_named_beside_the_other_faults() -> None:
    assert set(faults(timestamp="2099-01-01T00:00:00Z", data={"score": 2})) == {
        "timestamp",
        "data.score",
    }


@pytest.mark.parametrize(
    "timestamp", ["", "noon", "2026-03-04T12:00:00", True, -1, 1e400, 10**400, [], {}]
)
def test_a_time_that_is_none_is_refused(timestamp: object) -> None:
    assert set(faults(timestamp=timestamp)) == {"timestamp"}


@pytest.mark.parametrize("timestamp", [1_772_625_600, 1_772_625_600_000, "2026-03-04T12:00:00Z"])
def test_a_time_may_be_seconds_milliseconds_or_text(timestamp: object) -> None:
    assert read(body(timestamp=timestamp)).timestamp == NOW


@pytest.mark.parametrize(
    ("kind", "data", "wrong"),
    [
        ("BASELINE_COMPLETE", {}, {"data.overall_score"}),
        (
            "BASELINE_COMPLETE",
            {"overall_score": "1", "strengths": "reading", "challenges": [3]},
            {"data.overall_score", "data.strengths", "data.challenges[0]"},
        ),
        ("COURSEWORK_ANALYZED", {}, {"data.performance_metrics"}),
        ("COURSEWORK_ANALYZED", {"performance_metrics": 1}, {"data.performance_metrics"}),
        (
            "COURSEWORK_ANALYZED",
            {"performance_metrics": {"engagement": 2}, "session_duration": 601},
            {
                "data.performance_metrics.accuracy",
                "data.performance_metrics.engagement",
                "data.session_duration",
            },
        ),
        ("SEL_ALERT", {"severity": "critical"}, {"data.alert_type"}),
        ("LEARNER_PROGRESS", {}, {"data"}),
        ("LEARNER_PROGRESS", {"performance_score": True}, {"data.performance_score"}),
        (
            "SLP_UPDATED",
            {"communication_score": 2, "x": float("nan")},
            {"data.communication_score", "data.x"},
        ),
        ("ENGAGEMENT_LOW", {"engagement_score": float("inf")}, {"data.engagement_score"}),
        (
            "assessment_complete",
            {"score": None, "percentile": 101},
            {"data.score", "data.percentile"},
        ),
    ],
)
def test_data_is_judged_by_the_core_field_by_field(
    kind: str, data: dict[str, Any], wrong: set[str]
) -> None:
    assert set(faults(type=kind, data=data)) == wrong


def test_faults_are_named_up_to_a_bound() -> None:
    unknown = {f"field_{n}": n for n in range(1000)}
    assert len(faults(**unknown)) == MAX_FAULTS


def test_a_name_of_the_callers_is_cut() -> None:
    (name,) = faults(**{"x" * 10_000: 1})
    assert len(name) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELD_NAMES = sorted(
    {name for data in SOUND_DATA.values() for name in data} | {"severity", "answers"}
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(list(SOUND_DATA)) | JSON,
        "tenant_id": st.just("t") | JSON,
        "learner_id": st.just("l") | JSON,
        "data": st.sampled_from(list(SOUND_DATA.values()))
        | st.dictionaries(st.sampled_from(FIELD_NAMES), JSON)
        | JSON,
        "timestamp": JSON,
        "id": JSON,
        "else": JSON,
    },
)


@given(BODIES)
def test_whatever_is_said_there_is_an_event_or_named_faults(said: dict[str, Any]) -> None:
    try:
        outcome: Event | Problem = read(said)
    except Problem as problem:
        outcome = problem
    if isinstance(outcome, Event):
        assert outcome.received_at == NOW
    else:
        assert outcome.status == 422
        assert outcome.errors
        assert all(fault.field and fault.detail for fault in outcome.errors)


@given(st.sampled_from(list(SOUND_DATA)), st.dictionaries(st.sampled_from(FIELD_NAMES), JSON))
def test_the_body_is_refused_exactly_when_the_core_refuses_it(
    kind: str, data: dict[str, Any]
) -> None:
    times = {"timestamp": NOW, "received_at": NOW}
    try:
        event_from(body(type=kind, data=data) | times | {"id": "trigger:new"})
        sound = True
    except InvalidEvent:
        sound = False
    try:
        read(body(type=kind, data=data))
        taken = True
    except Problem:
        taken = False
    assert taken == sound
