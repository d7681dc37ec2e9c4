"""The dialects, one row each: how it is recognised, and where its fields stand.

Each row that recognises an object is applied to it, in this order, and is handed what the rows
before it have made of it; so dialects combine. A new one is a row here and a golden file
(tests/unit/dialects/golden).
"""

from orchestrator.core.events import EventType
from orchestrator.core.refusals import Refusal
from orchestrator.dialects.places import Adapter, paths, place, ratio_of_percentage, upper_case

TYPE_NAMES = ("type", "event_type")
ID_NAMES = ("id", "event_id")
TENANT_NAMES = ("tenant_id",)
LEARNER_NAMES = ("learner_id", "student_id", "user_id")
TIME_NAMES = ("timestamp", "occurred_at", "created_at", "completed_at")

ENVELOPE_NAMES = frozenset({"data", "source_service", "correlation_id", "received_at"}).union(
    TYPE_NAMES, ID_NAMES, TENANT_NAMES, LEARNER_NAMES, TIME_NAMES
)
"""What stands around the data, whatever the dialect; a flat event's other fields are its data."""

ADAPTERS: tuple[Adapter, ...] = (
    Adapter(
        name="flat",
        without=paths("data"),
        rest_into="data",
    ),
    Adapter(
        name="envelope, under any of its names",
        places=(
            place("type", *TYPE_NAMES, convert=upper_case),
            place("id", *ID_NAMES),
            place("tenant_id", *TENANT_NAMES),
            place("learner_id", *LEARNER_NAMES),
        ),
    ),
    Adapter(
        name="tenant or learner inside data",
        places=(
            place("tenant_id", *(f"data.{name}" for name in TENANT_NAMES)),
            place("learner_id", *(f"data.{name}" for name in LEARNER_NAMES)),
        ),
    ),
    Adapter(
        name="upload announcement of coursework-ingest",
        marks=paths("data.upload_id", "data.subjects", "data.topics"),
        without=paths("data.performance_metrics"),
        other_types=frozenset(EventType) - {EventType.COURSEWORK_ANALYZED},
        refusal=Refusal.UPLOAD_ANNOUNCEMENT,
        why="an upload is announced, with subjects and topics but no performance_metrics:"
        " there is nothing to decide until it is analysed",
    ),
    Adapter(
        name="baseline of assessment-svc",
        marks=paths("data.accuracy_percentage"),
        types=frozenset({EventType.BASELINE_COMPLETE}),
        places=(
            place("data.overall_score", "data.accuracy_percentage", convert=ratio_of_percentage),
            place("data.strengths", "data.metadata.strengths"),
            place("data.challenges", "data.metadata.weaknesses"),
            place("timestamp", "completed_at", "data.completed_at", own_name_decides=True),
        ),
        ignores=paths("data.proficiency_level", "data.final_theta"),
    ),
    Adapter(
        name="alert of sel-svc",
        types=frozenset({EventType.SEL_ALERT}),
        places=(
            place("data.alert_type", "alert_type"),
            place("data.severity", "severity"),
        ),
    ),
    Adapter(
        name="other names for the time",
        places=(place("timestamp", *TIME_NAMES[1:], own_name_decides=True),),
    ),
)
