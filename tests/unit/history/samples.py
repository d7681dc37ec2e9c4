"""Entries of the history, in a line each."""

from datetime import UTC, datetime, timedelta

from orchestrator.core.actions import Action, ActionType, Outcome, encode_action
from orchestrator.core.event_codec import event_from
from orchestrator.core.events import EventType
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId
from orchestrator.history.entries import Asked, Came, Ended
from orchestrator.history.places import action_place, event_place
from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
KEPT = 1_772_625_600_000
"""NOON, in milliseconds since 1970."""

TOPIC = {
    ActionType.LEVEL_SUGGESTED: ACTIONS_LEARNER,
    ActionType.LEARNING_PATH_UPDATE: ACTIONS_LEARNER,
    ActionType.GAME_BREAK: ACTIONS_NOTIFICATION,
    ActionType.SEL_INTERVENTION: ACTIONS_URGENT,
}

DATA = {
    EventType.SEL_ALERT: {"alert_type": "anxiety"},
    EventType.ASSESSMENT_COMPLETE: {"score": 0.5},
    EventType.BASELINE_COMPLETE: {"overall_score": 0.5},
}


def came(
    number: int,
    *,
    partition: int = 0,
    tenant: str = "north",
    learner: str = "ada",
    kind: EventType = EventType.SEL_ALERT,
    at: datetime = NOON,
    kept: int = KEPT,
) -> Came:
    """The event `e<number>`, at this offset."""
    event = event_from(
        {
            "type": kind,
            "id": f"e{number}",
            "tenant_id": tenant,
            "learner_id": learner,
            "timestamp": at,
            "received_at": at + timedelta(seconds=1),
            "data": DATA[kind],
        }
    )
    return Came(event_place(partition, number), kept, event)


def asked(
    number: int,
    *,
    partition: int = 0,
    tenant: str = "north",
    learner: str = "ada",
    kind: ActionType = ActionType.GAME_BREAK,
    at: datetime = NOON,
    kept: int = KEPT,
    offset: int | None = None,
) -> Asked:
    """The action `a<number>`, at this offset of its topic unless another is named."""
    action = Action(
        action_id=ActionId(f"a{number}"),
        type=kind,
        tenant_id=TenantId(tenant),
        learner_id=LearnerId(learner),
        event_id=EventId(f"e{number}"),
        rule="break.session",
        policy_version="p1",
        created_at=at,
        expires_at=None,
        confidence=1.0,
        reason="It is time.",
        evidence={"observed": 3, "threshold": 2},
        parameters={"break_type": "movement"},
    )
    place = action_place(TOPIC[kind], partition, number if offset is None else offset)
    return Asked(place, kept, action, encode_action(action))


def ended(number: int, outcome: Outcome = Outcome.DELIVERED, attempts: int = 1) -> Ended:
    """How the action `a<number>` ended."""
    return Ended(f"a{number}", outcome, attempts, 201, NOON + timedelta(minutes=1), "created")
