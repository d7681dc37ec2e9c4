"""Records of the dead-letters topic, as Kafka would give them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from orchestrator.core.actions import Action, ActionType, encode_action
from orchestrator.core.dead_letters import dead_letter
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId
from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.letters import Letter, mark_of, read_letter
from orchestrator.stream.records import Headers
from orchestrator.topics import DEAD_LETTERS

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SOURCE = "redis:aivo.events.sel:1767600000000-0"

ALERT = {
    "id": "alert-1",
    "type": "SEL_ALERT",
    "tenant_id": "tenant-1",
    "learner_id": "learner-1",
    "timestamp": "2026-01-05T11:59:00Z",
    "data": {"alert_type": "anxiety", "severity": "high"},
}


@dataclass
class KafkaRecord:
    """A record as aiokafka gives it."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int = 0
    offset: int = 0
    topic: str = DEAD_LETTERS
    timestamp: int = int(NOON.timestamp() * 1000)
    timestamp_type: int = 0
    serialized_value_size: int = field(default=0)


def refused(
    raw: bytes = b"{}",
    reason: str = Refusal.MISSING_FIELD,
    source: str = SOURCE,
    at: datetime = NOON,
    *,
    detail: str = "type is missing",
    form: str = "raw",
    whole_up_to: int = 1_000_000,
    offset: int = 0,
    partition: int = 0,
) -> KafkaRecord:
    """The record of a dead letter."""
    letter = dead_letter(raw, reason, detail, source, at, form=form, whole_up_to=whole_up_to)
    return KafkaRecord(*letter, partition=partition, offset=offset)


def letter_of(record: KafkaRecord) -> Letter:
    """The letter that a record is."""
    found = read_letter(record)
    assert isinstance(found, Letter)
    return found


def mark(record: KafkaRecord, at: datetime, offset: int) -> KafkaRecord:
    """The record that marks a dead letter as replayed."""
    return KafkaRecord(*mark_of(letter_of(record), at), partition=record.partition, offset=offset)


def alert(**changes: object) -> bytes:
    """An alert as a producer sends it; None takes a field away."""
    event = {name: value for name, value in (ALERT | changes).items() if value is not None}
    return msgspec.json.encode(event)


def support(expires_after: timedelta | None = timedelta(hours=1)) -> Action:
    """An action of that alert's; `expires_after` noon."""
    return Action(
        action_id=ActionId("a1" * 16),
        type=ActionType.SEL_INTERVENTION,
        tenant_id=TenantId("tenant-1"),
        learner_id=LearnerId("learner-1"),
        event_id=EventId("alert-1"),
        rule="sel.alert",
        policy_version="v1",
        created_at=NOON,
        expires_at=None if expires_after is None else NOON + expires_after,
        confidence=0.9,
        reason="An alert.",
        evidence={},
        parameters={},
    )


def rejected(action: Action) -> KafkaRecord:
    """The dead letter of an action that a service refused."""
    source = f"action:{action.action_id}"
    return refused(encode_action(action), Refusal.REJECTED, source, detail="answered 400")
