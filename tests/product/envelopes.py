"""Entries of a stream as their producers write them: fields of text or bytes."""

import json
from collections.abc import Mapping
from typing import Any

Entry = Mapping[str, str | bytes]


def envelope(event_id: str | None, learner: str = "l-1", **changes: Any) -> dict[str, str]:
    """The fields of a good entry."""
    event = {
        "id": event_id,
        "type": "ASSESSMENT_COMPLETE",
        "tenant_id": "t-1",
        "learner_id": learner,
        "timestamp": "2025-03-01T09:00:00Z",
        "data": {"score": 0.5},
    }
    return {"data": json.dumps(event | changes)}
