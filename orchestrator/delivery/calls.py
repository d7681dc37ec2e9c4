"""From an action to the one HTTP call that asks for it. Pure, and byte-identical each time."""

import re
from collections.abc import Callable
from datetime import UTC
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct

from orchestrator.core.actions import SERVICE_OF, Action, ActionType, Service
from orchestrator.delivery.traceparent import traceparent
from orchestrator.errors import OrchestratorError


class UnsendableAction(OrchestratorError):
    """No call can be made of the action; it ends as failed, and the sentence says why."""


class Call(Struct, frozen=True):
    """One HTTP request but for the host and the token. `path` is percent-encoded, `body` JSON."""

    service: Service
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class LevelParameters(Struct, frozen=True):
    """What the call needs of the parameters of LEVEL_SUGGESTED."""

    suggested_level: str
    temporary: bool = False


class BreakParameters(Struct, frozen=True):
    """The parameters of GAME_BREAK; the duration is in minutes."""

    break_type: str
    duration_minutes: int | float


class InterventionParameters(Struct, frozen=True):
    """What the call needs of the parameters of SEL_INTERVENTION."""

    intervention_type: str
    urgency: str


class _Route(NamedTuple):
    method: str
    path: Callable[[Action], str]
    body: Callable[[Action], dict[str, Any]]


def call_for(action: Action) -> Call:
    """The call of docs/domain.md, 4, for the action; equal actions give equal bytes.

    Raises UnsendableAction when a parameter or text is missing or of another type, when a time has
    no zone or is none in UTC, or when an id cannot stand in a path or header without becoming
    another id.
    """
    route = _ROUTES[action.type]
    _check_times(action)
    try:
        return Call(
            service=SERVICE_OF[action.type],
            method=route.method,
            path=route.path(action),
            headers=_headers(action),
            body=msgspec.json.encode(route.body(action), order="deterministic"),
        )
    except (msgspec.ValidationError, UnicodeEncodeError, OverflowError) as error:
        raise UnsendableAction(f"{action.type} {action.action_id!r}: {error}") from error


def _check_times(action: Action) -> None:
    for name, moment in (("created_at", action.created_at), ("expires_at", action.expires_at)):
        if moment is not None and moment.tzinfo is None:
            raise UnsendableAction(f"{name} of {action.action_id!r} has no zone")


def _headers(action: Action) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": _header_value("action_id", action.action_id),
        "X-Tenant-Id": _header_value("tenant_id", action.tenant_id),
        "traceparent": traceparent(action.action_id, action.correlation_id),
    }


_FIELD_VALUE = re.compile(r"(?! )[^\x00-\x1f\x7f]+(?<! )")


def _header_value(name: str, value: str) -> str:
    # Receivers strip blanks at the ends (RFC 9110, 5.5): " a" would arrive as tenant "a".
    if not _FIELD_VALUE.fullmatch(value):
        raise UnsendableAction(
            f"{name} {value!r} cannot stand in a header: control characters, or blanks at an end"
        )
    return value


def _learner_path(resource: str) -> Callable[[Action], str]:
    def path(action: Action) -> str:
        # Encoded or not, dots alone are a step in the path (RFC 3986, 6.2.2): another resource.
        if action.learner_id in {"", ".", ".."}:
            raise UnsendableAction(f"learner_id {action.learner_id!r} cannot stand in a path")
        return f"/api/learners/{quote(action.learner_id, safe='')}/{resource}"

    return path


def _schedule_path(_: Action) -> str:
    return "/api/notifications/schedule"


def _level_body(action: Action) -> dict[str, Any]:
    parameters = msgspec.convert(action.parameters, LevelParameters)
    temporary = {"temporary": True} if parameters.temporary else {}
    return {
        "suggested_level": parameters.suggested_level,
        "reason": action.reason,
        "confidence": action.confidence,
        "metadata": _learner_metadata(action) | temporary,
    }


def _path_body(action: Action) -> dict[str, Any]:
    return {
        "path_updates": action.parameters,
        "reason": action.reason,
        "metadata": _learner_metadata(action),
    }


def _learner_metadata(action: Action) -> dict[str, Any]:
    return {"orchestrator_action_id": action.action_id, "suggested_at": _event_time(action)}


def _break_body(action: Action) -> dict[str, Any]:
    parameters = msgspec.convert(action.parameters, BreakParameters)
    return _notification(
        action,
        notification_type="game_break",
        action_url=f"/breaks/{quote(parameters.break_type, safe='')}",
        metadata={
            "break_type": parameters.break_type,
            "break_duration_minutes": parameters.duration_minutes,
        },
    )


def _intervention_body(action: Action) -> dict[str, Any]:
    parameters = msgspec.convert(action.parameters, InterventionParameters)
    return _notification(
        action,
        notification_type="sel_intervention",
        action_url=f"/sel/{quote(parameters.intervention_type, safe='')}",
        metadata={
            "intervention_type": parameters.intervention_type,
            "urgency": parameters.urgency,
        },
    )


def _notification(
    action: Action, *, notification_type: str, action_url: str, metadata: dict[str, Any]
) -> dict[str, Any]:
    if action.title is None or action.message is None:
        raise UnsendableAction(f"{action.type} {action.action_id!r} has no title or no message")
    return {
        "user_id": action.learner_id,
        "tenant_id": action.tenant_id,
        "title": action.title,
        "message": action.message,
        "notification_type": notification_type,
        "priority": "high",
        "channels": ["in_app"],
        "action_url": action_url,
        "scheduled_time": _event_time(action),
        "metadata": {"orchestrator_action_id": action.action_id} | metadata,
    }


def _event_time(action: Action) -> str:
    return action.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")


_ROUTES: dict[ActionType, _Route] = {
    ActionType.LEVEL_SUGGESTED: _Route("PUT", _learner_path("level"), _level_body),
    ActionType.LEARNING_PATH_UPDATE: _Route("PUT", _learner_path("learning-path"), _path_body),
    ActionType.GAME_BREAK: _Route("POST", _schedule_path, _break_body),
    ActionType.SEL_INTERVENTION: _Route("POST", _schedule_path, _intervention_body),
}
