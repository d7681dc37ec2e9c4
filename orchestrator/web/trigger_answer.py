"""The answers of POST /internal/trigger."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import msgspec

from orchestrator.core.actions import Action
from orchestrator.core.events import Event
from orchestrator.web.ports import Frozen


class DecisionShown(Frozen):
    """What became of the event (decided, duplicate, late), and where it stands in Kafka.

    `offset` null and `dry_run` true: it stands nowhere, it is what would become of it.
    """

    outcome: str
    partition: int
    offset: int | None
    dry_run: bool = False


class TriggerAnswer(Frozen):
    """The answer. `decision` null: not decided yet, the Location header says where it will be."""

    event_id: str
    actions_generated: list[dict[str, Any]]
    processing_time_ms: float
    decision: DecisionShown | None


def trigger_answer(
    event: Event, decision: DecisionShown | None, actions: Iterable[Action], seconds: float
) -> TriggerAnswer:
    """The answer about an event whose decision took so many seconds."""
    return TriggerAnswer(
        event_id=event.id,
        actions_generated=[msgspec.to_builtins(action) for action in actions],
        processing_time_ms=round(seconds * 1000, 3),
        decision=decision,
    )


def location(event: Event) -> str:
    """Where the decision on an event will stand."""
    query = {"tenant_id": event.tenant_id, "learner_id": event.learner_id, "id": event.id}
    return f"/events?{urlencode(query)}"
