"""The body of POST /internal/trigger, and the event that it means."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from orchestrator.core.event_codec import event_from
from orchestrator.core.events import Event
from orchestrator.core.times import END
from orchestrator.dialects.reading import LIMITS
from orchestrator.errors import InvalidEvent
from orchestrator.web.problems import FieldFault, Problem
from orchestrator.web.trigger_faults import judged_faults

END_MS = END.timestamp() * 1000

Time = Annotated[
    str | int | float | None,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "number", "minimum": 0, "exclusiveMaximum": END_MS},
                {"type": "null"},
            ]
        }
    ),
]

MAX_FAULTS = 100
"""Named in one answer; more is no slip of the pen."""


class TriggerBody(BaseModel):
    """What a caller may say. Fields within `data` that nobody knows are ignored, as on Redis."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    type: str
    tenant_id: str = Field(min_length=1, max_length=128)
    learner_id: str = Field(min_length=1, max_length=128)
    data: dict[str, Any]
    timestamp: Time = Field(
        default=None,
        description="when it happened: RFC 3339 with a zone, or seconds since 1970 (milliseconds "
        "from 1e11 on), at most 5 minutes ahead; absent: now",
    )
    id: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        description="by which a repetition is known; absent: one is made",
    )


def event_of(body: Mapping[str, Any], now: datetime, new_id: str, key: str | None = None) -> Event:
    """The event that the body means, received `now`; `new_id` and `now` are what it may omit.

    `key`: the Idempotency-Key, which is the event's id. Raises Problem 422 with every wrong field
    named.
    """
    faults = _shape_faults(body)
    if key is not None:
        if body.get("id") not in (None, key):
            faults["id"] = "is not the Idempotency-Key, which is the event's id"
        body = {**body, "id": key}
    given = {name: body[name] for name in TriggerBody.model_fields if body.get(name) is not None}
    try:
        event = event_from({"id": new_id, "timestamp": now} | given | {"received_at": now})
    except InvalidEvent as error:
        faults |= judged_faults(given, now)
        raise _invalid(faults or {"": error.detail}) from error
    if event.timestamp - now > LIMITS.ahead:
        faults |= judged_faults(given, now)
    if faults:
        raise _invalid(faults)
    return event


def _shape_faults(body: Mapping[str, Any]) -> dict[str, str]:
    """What is missing, unknown or of another type, among the outermost fields."""
    try:
        TriggerBody.model_validate(body)
    except ValidationError as error:
        return {str(fault["loc"][0]): _sentence(fault["msg"]) for fault in error.errors()}
    return {}


def _sentence(message: str) -> str:
    return "unknown field" if message.startswith("Extra inputs") else message


def _invalid(faults: Mapping[str, str]) -> Problem:
    errors = [FieldFault(field[:200], detail[:500]) for field, detail in faults.items()]
    return Problem(422, f"The event has {len(errors)} wrong field(s).", errors[:MAX_FAULTS])
