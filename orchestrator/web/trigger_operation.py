"""What POST /internal/trigger takes and answers."""

from typing import Annotated

from pydantic import Field

from orchestrator.web.idempotency import HEADER
from orchestrator.web.operation import NOBODY_KNOWS, Answer, Body, Link, Operation, Parameter
from orchestrator.web.trigger_answer import TriggerAnswer
from orchestrator.web.trigger_schema import KINDS, TRIGGER_BODY

WHO = {"tenant_id": "tenant-456", "learner_id": "learner-123"}

EXAMPLES = {str(kind.type): {"type": str(kind.type), **WHO, "data": kind.example} for kind in KINDS}

STATE = Link(
    "state",
    "What is remembered of the learner after it.",
    {
        "path.learner_id": "$request.body#/learner_id",
        "query.tenant_id": "$request.body#/tenant_id",
    },
)

EVENT = Link(
    "events",
    "What became of the event.",
    {
        "query.tenant_id": "$request.body#/tenant_id",
        "query.learner_id": "$request.body#/learner_id",
        "query.id": "$response.body#/event_id",
    },
)

TRIGGERING = Operation(
    "Send an event, and see what it calls for",
    "events",
    {
        200: Answer(
            "The decision. A repetition is a duplicate, and calls for nothing.",
            TriggerAnswer,
            links={"state": STATE},
        ),
        202: Answer(
            "The event is in Kafka and will be decided; it took over 5 s so far.",
            TriggerAnswer,
            headers={"Location": "Where the decision will stand."},
            links={"event": EVENT, "state": STATE},
        ),
    },
    parameters=(
        Parameter("dry_run", "true: say what would be decided now, and do nothing.", bool),
        Parameter(
            HEADER,
            "Becomes the event's id, so that a request can be sent twice. The same key with "
            "another body within 24 hours is refused.",
            Annotated[str, Field(pattern="^[\x21-\x7e]{1,128}$")],
            "header",
        ),
    ),
    body=Body(TRIGGER_BODY, EXAMPLES),
    problems={
        404: "The token is bound to another tenant.",
        408: "The body did not arrive within 10 s.",
        413: "The body is over 1,000,000 bytes.",
        415: "The body is not sent as application/json.",
        422: "A field is wrong; each one is named.",
        503: f"Kafka did not take the event. To a dry run: {NOBODY_KNOWS}",
    },
    description="The event goes the ordinary way through Kafka, and the answer waits for its "
    "decision.",
)
