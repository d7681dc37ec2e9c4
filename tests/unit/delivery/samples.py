"""Actions for the delivery's tests, the same each time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId

EVENT_AT = datetime(2026, 3, 2, 9, 15, 30, 250000, tzinfo=UTC)

PARAMETERS: dict[ActionType, dict[str, Any]] = {
    ActionType.LEVEL_SUGGESTED: {
        "current_level": "moderate",
        "suggested_level": "challenging",
        "temporary": False,
    },
    ActionType.LEARNING_PATH_UPDATE: {
        "remediation_topics": ["fractions"],
        "acceleration_topics": ["Größen"],
        "engagement_adjustments": {
            "gamification": "high",
            "breaks": "increased",
            "variety": "high",
            "interaction": "active",
        },
    },
    ActionType.GAME_BREAK: {"break_type": "movement", "duration_minutes": 5},
    ActionType.SEL_INTERVENTION: {
        "intervention_type": "anxiety_support",
        "urgency": "high",
        "recent_alerts": 3,
    },
}


def action(
    action_type: ActionType = ActionType.LEVEL_SUGGESTED,
    *,
    action_id: str = "a1",
    learner: str = "learner-7",
    tenant: str = "school-1",
    expires_at: datetime | None = EVENT_AT + timedelta(hours=24),
    **changes: Any,
) -> Action:
    """An action of the type with the parameters of PARAMETERS, but for what is named."""
    fields: dict[str, Any] = {
        "rule": "level.up.streak",
        "policy_version": "2026-03-01",
        "created_at": EVENT_AT,
        "confidence": 0.8,
        "reason": "Five correct answers in a row.",
        "evidence": {"observed": 5, "threshold": 5},
        "parameters": PARAMETERS[action_type],
        "title": "Time to move",
        "message": "Stand up and stretch!",
        "correlation_id": "upload-9",
    }
    return Action(
        action_id=ActionId(action_id),
        type=action_type,
        tenant_id=TenantId(tenant),
        learner_id=LearnerId(learner),
        event_id=EventId("e1"),
        expires_at=expires_at,
        **(fields | changes),
    )
