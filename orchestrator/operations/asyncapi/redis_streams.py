"""The Redis streams, on which producers write their events."""

from typing import Any

from orchestrator.settings.table import EVENT_STREAMS
from orchestrator.web.trigger_schema import KINDS, data_schema

GROUP = "orchestrator-consumer-group"
SENT = "SentEvent"


def sent_event() -> dict[str, Any]:
    """The message: an entry whose field `data` is the JSON of an event."""
    return {
        "name": SENT,
        "summary": "An event, as JSON in the field `data` (or `payload`, or `event`) of an entry. "
        "Other forms are read as well, see docs/domain.md.",
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{SENT}"},
        "examples": [
            {
                "name": "alert",
                "payload": {
                    "id": "alert-1",
                    "type": "SEL_ALERT",
                    "tenant_id": "tenant-456",
                    "learner_id": "learner-123",
                    "timestamp": "2026-01-05T09:30:00Z",
                    "data": {"alert_type": "anxiety", "severity": "high"},
                },
            }
        ],
    }


def sent_schema() -> dict[str, Any]:
    """The event that the entry holds: the envelope, and the data by type."""
    identifier = {"type": "string", "minLength": 1, "maxLength": 128}
    return {
        "type": "object",
        "required": ["type", "tenant_id", "learner_id", "timestamp", "data"],
        "properties": {
            "id": {**identifier, "description": "by which a repetition is known; should be given"},
            "tenant_id": identifier,
            "learner_id": identifier,
            "timestamp": {
                "description": "RFC 3339 with a zone, or seconds since 1970, milliseconds from "
                "1e11 on; at most 5 minutes ahead",
                "anyOf": [{"type": "string", "format": "date-time"}, {"type": "number"}],
            },
            "source_service": {"type": ["string", "null"]},
            "correlation_id": {"type": ["string", "null"]},
        },
        "oneOf": [
            {"properties": {"type": {"const": str(kind.type)}, "data": data_schema(kind)}}
            for kind in KINDS
        ],
    }


def streams() -> dict[str, dict[str, Any]]:
    """A channel for each stream that is read unless EVENT_STREAMS says otherwise."""
    return {
        stream: {
            "address": stream,
            "description": f"Producers XADD; the bridge reads it as {GROUP}, and acknowledges an "
            "entry when Kafka has it. Any stream may carry any type of event. How long entries "
            "stay is for the producers to say (MAXLEN); an event under 35 days old is in Kafka.",
            "servers": [{"$ref": "#/servers/redis"}],
            "messages": {SENT: {"$ref": f"#/components/messages/{SENT}"}},
        }
        for stream in EVENT_STREAMS
    }
