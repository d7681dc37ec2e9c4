"""What a schema cannot say of the trigger's body, told to schemathesis, which loads this module.

An event must not lie in the future, nor before 1970; and an Idempotency-Key is the event's id, and
stands for one body. Without this, bodies that the schema allows would be refused for these reasons.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import schemathesis
from schemathesis import Case, HookContext
from schemathesis.generation.modes import GenerationMode

from orchestrator.clock import SystemClock
from orchestrator.core.times import EPOCH
from orchestrator.web.idempotency import HEADER

YEARS = timedelta(days=10 * 365)


@schemathesis.hook
def map_case(_context: HookContext, case: Case[Any]) -> Case[Any]:
    """The case; of one that is meant to be taken, what keeps it from being so is set right."""
    is_meant = case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE
    if case.operation.path == "/internal/trigger" and is_meant and isinstance(case.body, dict):
        body: dict[str, Any] = dict(case.body)
        body["timestamp"] = in_the_past(body.get("timestamp"))
        if HEADER in case.headers:
            body.pop("id", None)
            said = json.dumps(body, sort_keys=True).encode()
            case.headers[HEADER] = f"key-{sha256(said).hexdigest()}"
        case.body = body
    return case


def in_the_past(given: Any) -> Any:
    """A time since 1970 that is not in the future, in the form that was given."""
    now = SystemClock().now()
    if isinstance(given, float | int) and not isinstance(given, bool):
        return min(given, now.timestamp()) if given < 1e11 else min(given, now.timestamp() * 1000)
    if isinstance(given, str):
        with suppress(ValueError):
            at = datetime.fromisoformat(given.upper()).astimezone(UTC)
            return given if EPOCH <= at <= now else (now - YEARS).isoformat()
    return given
