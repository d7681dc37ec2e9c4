"""Canonical events as JSON has them, and why they are refused."""

import json
from typing import Any

import pytest

from orchestrator.core.event_codec import decode_event, event_from
from orchestrator.core.events import Event
from orchestrator.errors import InvalidEvent


def fields(**changed: Any) -> dict[str, Any]:
    """A canonical ENGAGEMENT_LOW as JSON has it, with fields changed, or left out (None)."""
    whole = {
        "id": "e-1",
        "type": "ENGAGEMENT_LOW",
        "tenant_id": "school",
        "learner_id": "ana",
        "timestamp": "2024-03-04T09:00:00Z",
        "received_at": "2024-03-04T09:00:01Z",
        "data": {},
    } | changed
    return {name: value for name, value in whole.items() if value is not None}


def decoded(**changed: Any) -> Event:
    return decode_event(json.dumps(fields(**changed)).encode())


def refusal(**changed: Any) -> tuple[str, str]:
    """Why it is refused, by both ways of reading."""
    with pytest.raises(InvalidEvent) as by_bytes:
        decoded(**changed)
    with pytest.raises(InvalidEvent) as by_object:
        event_from(fields(**changed))
    assert by_bytes.value.reason == by_object.value.reason
    return by_bytes.value.reason, by_bytes.value.detail
