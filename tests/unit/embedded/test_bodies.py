"""What the delivery sends is what the sandbox takes: both follow the same document."""

from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId
from orchestrator.delivery.calls import call_for
from orchestrator.embedded.sandbox.bodies import check_level, check_notification, check_path

CHECKS = {
    ActionType.LEVEL_SUGGESTED: check_level,
    ActionType.LEARNING_PATH_UPDATE: check_path,
    ActionType.GAME_BREAK: check_notification,
    ActionType.SEL_INTERVENTION: check_notification,
}

LEVEL = {"current_level": "moderate", "suggested_level": "easy", "temporary": False}
BASELINE = {
    "focus_areas": ["fractions"],
    "strength_areas": [],
    "initial_level": "moderate",
    "adaptation_enabled": True,
}
LIVELY = {
    "gamification": "high",
    "breaks": "increased",
    "variety": "high",
    "interaction": "active",
}
COURSEWORK = {"remediation_topics": ["fractions"], "acceleration_topics": ["maps"]}
SUPPORT = {"intervention_type": "anxiety_support", "urgency": "high", "recent_alerts": 2}


def action(kind: ActionType, parameters: dict[str, Any]) -> Action:
    return Action(
        action_id=ActionId("a1"),
        type=kind,
        tenant_id=TenantId("north"),
        learner_id=LearnerId("learner-001"),
        event_id=EventId("e1"),
        rule="level.down.streak",
        policy_version="1",
        created_at=datetime(2026, 3, 2, 12, 0, 0, 5000, tzinfo=UTC),
        expires_at=None,
        confidence=1.0,
        reason="Because.",
        evidence={},
        parameters=parameters,
        title="A title",
        message="A message.",
    )


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (ActionType.LEVEL_SUGGESTED, LEVEL),
        (ActionType.LEVEL_SUGGESTED, LEVEL | {"temporary": True}),
        (ActionType.LEARNING_PATH_UPDATE, BASELINE),
        (ActionType.LEARNING_PATH_UPDATE, COURSEWORK),
        (ActionType.LEARNING_PATH_UPDATE, COURSEWORK | {"engagement_adjustments": LIVELY}),
        (ActionType.GAME_BREAK, {"break_type": "movement", "duration_minutes": 5}),
        (ActionType.GAME_BREAK, {"break_type": "attention", "duration_minutes": 2.5}),
        (ActionType.SEL_INTERVENTION, SUPPORT),
    ],
)
def test_what_is_delivered_is_taken(kind: ActionType, parameters: dict[str, Any]) -> None:
    call = call_for(action(kind, parameters))
    assert CHECKS[kind](call.body, "a1") is None


@pytest.mark.parametrize("level", ["Easy", "hard", "", 3])
def test_an_unknown_level_is_refused(level: object) -> None:
    call = call_for(action(ActionType.LEVEL_SUGGESTED, LEVEL))
    body = call.body.replace(b'"easy"', str(level).encode().join([b'"', b'"']))
    assert "suggested_level" in str(check_level(body, "a1"))


def test_a_path_of_neither_kind_is_refused() -> None:
    call = call_for(action(ActionType.LEARNING_PATH_UPDATE, {"topics": ["fractions"]}))
    assert "path_updates" in str(check_path(call.body, "a1"))
