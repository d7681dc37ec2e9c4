"""The calls of docs/domain.md, 4: path, headers and body of each type of action."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.actions import Action, ActionType, Service
from orchestrator.delivery.calls import UnsendableAction, call_for
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action

LEVEL = ActionType.LEVEL_SUGGESTED
PATH = ActionType.LEARNING_PATH_UPDATE
BREAK = ActionType.GAME_BREAK
SEL = ActionType.SEL_INTERVENTION

NOTIFICATION = {
    "user_id": "learner-7",
    "tenant_id": "school-1",
    "title": "Time to move",
    "message": "Stand up and stretch!",
    "priority": "high",
    "channels": ["in_app"],
    "scheduled_time": "2026-03-02T09:15:30.250000Z",
}

EXPECTED: dict[ActionType, tuple[Service, str, str, dict[str, Any]]] = {
    LEVEL: (
        Service.LEARNER,
        "PUT",
        "/api/learners/learner-7/level",
        {
            "suggested_level": "challenging",
            "reason": "Five correct answers in a row.",
            "confidence": 0.8,
            "metadata": {
                "orchestrator_action_id": "a1",
                "suggested_at": "2026-03-02T09:15:30.250000Z",
            },
        },
    ),
    PATH: (
        Service.LEARNER,
        "PUT",
        "/api/learners/learner-7/learning-path",
        {
            "path_updates": {
                "remediation_topics": ["fractions"],
                "acceleration_topics": ["Größen"],
                "engagement_adjustments": {
                    "gamification": "high",
                    "breaks": "increased",
                    "variety": "high",
                    "interaction": "active",
                },
            },
            "reason": "Five correct answers in a row.",
            "metadata": {
                "orchestrator_action_id": "a1",
                "suggested_at": "2026-03-02T09:15:30.250000Z",
            },
        },
    ),
    BREAK: (
        Service.NOTIFICATION,
        "POST",
        "/api/notifications/schedule",
        NOTIFICATION
        | {
            "notification_type": "game_break",
            "action_url": "/breaks/movement",
            "metadata": {
                "orchestrator_action_id": "a1",
                "break_type": "movement",
                "break_duration_minutes": 5,
            },
        },
    ),
    SEL: (
        Service.NOTIFICATION,
        "POST",
        "/api/notifications/schedule",
        NOTIFICATION
        | {
            "notification_type": "sel_intervention",
            "action_url": "/sel/anxiety_support",
            "metadata": {
                "orchestrator_action_id": "a1",
                "intervention_type": "anxiety_support",
                "urgency": "high",
            },
        },
    ),
}


@pytest.mark.parametrize("action_type", list(ActionType))
def test_each_type_makes_exactly_the_call_of_the_specification(action_type: ActionType) -> None:
    call = call_for(action(action_type))
    made = (call.service, call.method, call.path, json.loads(call.body))
    assert made == EXPECTED[action_type]


def test_a_temporary_level_says_so_in_its_metadata() -> None:
    parameters = PARAMETERS[LEVEL] | {"suggested_level": "easy", "temporary": True}
    body = json.loads(call_for(action(LEVEL, parameters=parameters)).body)
    assert body["suggested_level"] == "easy"
    assert body["metadata"]["temporary"] is True


@pytest.mark.parametrize("action_type", list(ActionType))
def test_every_call_carries_the_key_the_tenant_and_a_trace(action_type: ActionType) -> None:
    headers = call_for(action(action_type)).headers
    assert headers["Idempotency-Key"] == "a1"
    assert headers["X-Tenant-Id"] == "school-1"
    assert headers["Content-Type"] == "application/json"
    assert set(headers) == {"Idempotency-Key", "X-Tenant-Id", "Content-Type", "traceparent"}


@pytest.mark.parametrize("action_type", list(ActionType))
def test_a_call_is_byte_identical_after_a_way_through_kafka(action_type: ActionType) -> None:
    sent = action(action_type)
    read = msgspec.json.decode(msgspec.json.encode(sent), type=Action)
    assert call_for(read) == call_for(sent)


def test_the_order_of_an_actions_parameters_does_not_change_the_bytes() -> None:
    turned = dict(reversed(PARAMETERS[PATH].items()))
    assert call_for(action(PATH, parameters=turned)) == call_for(action(PATH))


def test_a_time_in_another_zone_is_told_in_utc() -> None:
    berlin = EVENT_AT.astimezone(timezone(timedelta(hours=1)))
    assert call_for(action(LEVEL, created_at=berlin)) == call_for(action(LEVEL))


@pytest.mark.parametrize(
    ("learner", "path"),
    [
        ("a/b c?#%", "/api/learners/a%2Fb%20c%3F%23%25/level"),
        ("../../admin", "/api/learners/..%2F..%2Fadmin/level"),
        ("a%2Fb", "/api/learners/a%252Fb/level"),
        ("José\r\n", "/api/learners/Jos%C3%A9%0D%0A/level"),
        ("...", "/api/learners/.../level"),
    ],
)
def test_a_learner_id_is_one_segment_of_the_path_whatever_it_holds(learner: str, path: str) -> None:
    assert call_for(action(LEVEL, learner=learner)).path == path


@given(st.text(min_size=1, max_size=128).filter(lambda text: text not in {".", ".."}))
def test_any_learner_id_comes_back_from_its_path(learner: str) -> None:
    segments = call_for(action(PATH, learner=learner)).path.split("/")
    assert [unquote(segment) for segment in segments] == [
        "",
        "api",
        "learners",
        learner,
        "learning-path",
    ]


@pytest.mark.parametrize("learner", [".", "..", "", "\ud800"])
@pytest.mark.parametrize("action_type", [LEVEL, PATH])
def test_a_learner_id_that_no_path_can_hold_is_unsendable(
    action_type: ActionType, learner: str
) -> None:
    with pytest.raises(UnsendableAction):
        call_for(action(action_type, learner=learner))


def test_a_learner_id_of_dots_can_still_be_notified() -> None:
    assert json.loads(call_for(action(BREAK, learner="..")).body)["user_id"] == ".."


@pytest.mark.parametrize("tenant", ["a\r\nX-Tenant-Id: b", " a", "a ", "", "a\tb", "a\x00", "\x7f"])
def test_a_tenant_that_would_arrive_as_another_is_unsendable(tenant: str) -> None:
    with pytest.raises(UnsendableAction, match="tenant_id"):
        call_for(action(SEL, tenant=tenant))


@pytest.mark.parametrize("tenant", ["a b", "Schule-Köln", "x", "t%20"])
def test_a_tenant_that_a_header_can_hold_stands_as_it_is(tenant: str) -> None:
    assert call_for(action(SEL, tenant=tenant)).headers["X-Tenant-Id"] == tenant


@pytest.mark.parametrize(
    ("action_type", "parameter"),
    [
        (LEVEL, "suggested_level"),
        (BREAK, "break_type"),
        (BREAK, "duration_minutes"),
        (SEL, "intervention_type"),
        (SEL, "urgency"),
    ],
)
def test_a_missing_parameter_is_named(action_type: ActionType, parameter: str) -> None:
    rest = {name: value for name, value in PARAMETERS[action_type].items() if name != parameter}
    with pytest.raises(UnsendableAction, match=parameter):
        call_for(action(action_type, parameters=rest))


@pytest.mark.parametrize("action_type", [BREAK, SEL])
@pytest.mark.parametrize("words", [{"title": None}, {"message": None}])
def test_a_notification_without_its_words_is_unsendable(
    action_type: ActionType, words: dict[str, Any]
) -> None:
    with pytest.raises(UnsendableAction, match="title or no message"):
        call_for(action(action_type, **words))


@pytest.mark.parametrize("name", ["created_at", "expires_at"])
def test_a_time_without_zone_is_unsendable_rather_than_taken_for_local(name: str) -> None:
    times: dict[str, Any] = {name: datetime(2026, 3, 2, 9, 15)}  # noqa: DTZ001
    with pytest.raises(UnsendableAction, match=f"{name} of 'a1' has no zone"):
        call_for(action(LEVEL, **times))


def test_a_time_that_is_none_in_utc_is_unsendable() -> None:
    before_time = datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))
    with pytest.raises(UnsendableAction, match="'a1'"):
        call_for(action(created_at=before_time))
