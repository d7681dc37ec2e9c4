"""The messages: what stands in a record, with its key, its headers and an example."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.summarising import Reading, summarise
from orchestrator.comparison.summary import Header, PartitionSpan, PolicyIdentity, Start, StartKind
from orchestrator.comparison.tally import Tally
from orchestrator.core.actions import Action, ActionType, Outcome, Service, action_id
from orchestrator.core.counters import DecideCounters, LabelCounters
from orchestrator.core.decisions import DecisionBatch, DecisionRow
from orchestrator.core.erasures import Erasure
from orchestrator.core.events import EventType, InternalEvent, PublicEvent
from orchestrator.core.ids import EventId, LearnerId, TenantId
from orchestrator.core.letter_counters import LetterCounters
from orchestrator.core.outcomes import ActionOutcome
from orchestrator.core.policy_records import (
    CanaryEnded,
    CanaryStarted,
    PolicyActivated,
    PolicyText,
    ShadowEnded,
    ShadowStarted,
)
from orchestrator.core.trial_records import TrialKind, TrialRow
from orchestrator.read_model.trial_figures import TrialFigures

JSON = "application/json"
BINARY = "application/octet-stream"

NOTHING = {"description": "no bytes"}

LEARNER_KEY = "tenant_id/learner_id, each percent-encoded with no safe characters"
TRACE = {"traceparent": "W3C Trace Context, where tracing is on"}
REPLAYED = {"replayed-from": "the source of the dead letter that a replay has sent once more"}

_AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
_TENANT, _LEARNER, _EVENT = TenantId("tenant-456"), LearnerId("learner-123"), EventId("alert-1")
_ACTION_ID = action_id(_TENANT, _LEARNER, _EVENT, "sel.high_severity")

_ACTION = Action(
    action_id=_ACTION_ID,
    type=ActionType.SEL_INTERVENTION,
    tenant_id=_TENANT,
    learner_id=_LEARNER,
    event_id=_EVENT,
    rule="sel.high_severity",
    policy_version="aivo-d1b78f977551",
    created_at=_AT,
    expires_at=None,
    confidence=1.0,
    reason="A serious alert about this child's feelings has come in; please look after them now.",
    evidence={"observed": "high", "threshold": "high"},
    parameters={"intervention_type": "anxiety_support", "urgency": "high", "recent_alerts": 1},
    title="We are here for you",
    message="It is okay to feel this way. Let's take a moment together.",
)
_OUTCOME = ActionOutcome(
    serial=7,
    action_id=_ACTION_ID,
    type=ActionType.SEL_INTERVENTION,
    service=Service.NOTIFICATION,
    tenant_id=_TENANT,
    learner_id=_LEARNER,
    event_id=_EVENT,
    rule="sel.high_severity",
    outcome=Outcome.DELIVERED,
    at=_AT,
    created_at=_AT,
    attempts=1,
    status=200,
)
_TRIAL = "canary-aivo-d1b78f977551-1"
_BATCH = DecisionBatch(
    3,
    "aivo-d1b78f977551",
    (
        DecisionRow(
            _EVENT, "tenant-456/learner-123", EventType.SEL_ALERT, "decided", 42, (_ACTION_ID,)
        ),
    ),
)
_NOTHING_YET = summarise(
    Tally(),
    Coverage(),
    Header(
        "orchestrator.events",
        PolicyIdentity("aivo-d1b78f977551", "0" * 64, "0" * 64),
        PolicyIdentity("aivo-4f1c2b7d9e05", "1" * 64, "0" * 64),
        "0.1.0",
        Start(StartKind.WARM_UP, "Every learner begins as they were."),
        (PartitionSpan(0, 43, 43),),
    ),
    Reading(b"", traces=0),
)
_EVENT_SAID = {
    "type": "SEL_ALERT",
    "id": _EVENT,
    "tenant_id": _TENANT,
    "learner_id": _LEARNER,
    "timestamp": "2026-01-05T09:30:00Z",
    "received_at": "2026-01-05T09:30:01Z",
    "data": {"alert_type": "anxiety", "severity": "high"},
}


class Message(NamedTuple):
    """`payload`: a type, or one of several; or the schema itself. `example`: of the payload."""

    summary: str
    payload: Any
    key: str
    headers: Mapping[str, str] = {}
    needed: tuple[str, ...] = ()
    example: Any = None
    content_type: str = JSON


MESSAGES: Mapping[str, Message] = {
    "Event": Message(
        "What a child has done, or what we note of a learner, in the canonical form",
        PublicEvent | InternalEvent,
        LEARNER_KEY,
        {
            "trigger": "the request that waits for the decision",
            "body-hash": "a hash of that request's body, if the request named the event's id",
            **REPLAYED,
            **TRACE,
        },
        example=_EVENT_SAID,
    ),
    "PolicyActivated": Message(
        "From here on in this partition, events are decided by this policy",
        PolicyActivated,
        "policy",
        example=PolicyActivated("aivo-d1b78f977551"),
    ),
    "ShadowStarted": Message(
        "From here on in this partition, a policy is tried beside the one in force",
        ShadowStarted,
        "policy",
        example=ShadowStarted(_TRIAL, "aivo-d1b78f977551"),
    ),
    "ShadowEnded": Message(
        "That trial has ended",
        ShadowEnded,
        "policy",
        example=ShadowEnded(_TRIAL, "it was ended by hand"),
    ),
    "CanaryStarted": Message(
        "From here on in this partition, some learners are decided by this policy",
        CanaryStarted,
        "policy",
        example=CanaryStarted(_TRIAL, "aivo-d1b78f977551", 5),
    ),
    "CanaryEnded": Message(
        "From here on in this partition, they are decided like all others again",
        CanaryEnded,
        "policy",
        example=CanaryEnded(_TRIAL, "it was ended by hand"),
    ),
    "Action": Message(
        "What a service is asked to do",
        Action,
        LEARNER_KEY,
        {**REPLAYED, **TRACE},
        example=_ACTION,
    ),
    "Erasure": Message(
        "The learner was erased: what stands before it and waits is not to be sent",
        Erasure,
        LEARNER_KEY,
        {"erasure": "marks it; empty"},
        ("erasure",),
        example=Erasure(EventId("erased:1"), _TENANT, _LEARNER, 43),
    ),
    "DecisionBatch": Message(
        "What became of the events of a batch",
        DecisionBatch,
        "none: it stands in the partition of its events",
        example=_BATCH,
    ),
    "ActionOutcome": Message(
        "How an action ended", ActionOutcome, LEARNER_KEY, TRACE, example=_OUTCOME
    ),
    "DeadLetter": Message(
        "The bytes that were refused, whole up to 1,000,000 of them",
        {"description": "any bytes: those that were refused"},
        "the source",
        {
            "reason": "one of a closed set, see core/refusals.py",
            "detail": "which field, and what was found",
            "source": "redis:<stream>:<id>, kafka:<topic>:<partition>:<offset> or action:<id>",
            "length": "of the whole, in bytes",
            "sha256": "of the whole, in hex",
            "at": "when, RFC 3339",
            "form": "raw: as it stood; fields: a JSON object of an entry's fields",
            "replayable": "true if the whole is here",
            "response": "what the service answered, if it was one that refused",
            **TRACE,
        },
        ("reason", "detail", "source", "length", "sha256", "at", "form", "replayable"),
        content_type=BINARY,
    ),
    "DeadLetterReplayed": Message(
        "A mark: the dead letter of this key was tried again",
        NOTHING,
        "the source",
        {
            "source": "of the dead letter",
            "replayed-at": "when, RFC 3339",
            "replayed-offset": "where the dead letter stands",
        },
        ("source", "replayed-at", "replayed-offset"),
        content_type=BINARY,
    ),
    "DeadLettersErased": Message(
        "A mark: dead letters of this learner that stand before it are not shown, nor replayed",
        NOTHING,
        "the source, which holds a hash of the learner",
        {
            "source": "erased:<hash>",
            "replayed-at": "when, RFC 3339",
            "erased-learner": "a hash of the learner's key",
        },
        ("source", "replayed-at", "erased-learner"),
        content_type=BINARY,
    ),
    "PolicyText": Message(
        "A policy's two texts",
        PolicyText,
        "the policy's version",
        example=PolicyText('name = "aivo"', '["level.up.streak"]\nreason = "..."'),
    ),
    "Trial": Message(
        "A candidate is tried beside the policy in force, or was",
        TrialRow,
        "the trial's id",
        example=TrialRow("shadow-aivo-4f1c2b7d9e05-1", TrialKind.SHADOW, "aivo-4f1c2b7d9e05", _AT),
    ),
    "TrialFigures": Message(
        "What a trial has come to so far: counts, and nothing of a single learner",
        TrialFigures,
        "the trial's id, and /figures behind it",
        example=TrialFigures("shadow-aivo-4f1c2b7d9e05-1", 0, True, False, _NOTHING_YET),
    ),
    "LearnerState": Message(
        "What is remembered of a learner: MessagePack, or no bytes",
        {"description": "a MessagePack array, see core/state.py"},
        f"{LEARNER_KEY}; `counters` for the partition's own row",
        content_type="application/msgpack",
    ),
    "Delivery": Message(
        "What waits for a service, and what has ended: MessagePack, or no bytes",
        {"description": "a MessagePack array, see delivery/rows.py"},
        f"<service>: before {LEARNER_KEY}, and the action's id behind it if it waits",
        content_type="application/msgpack",
    ),
    "Counters": Message(
        "What has been counted of a partition",
        (DecideCounters, LabelCounters, LetterCounters, int),
        "decide; outcomes of <service>; waiting for <service>; dead-letters",
        example=LabelCounters(7, {"delivered": 8}),
    ),
}
"""By name."""


def builtins(example: Any) -> Any:
    """An example as JSON says it."""
    return msgspec.json.decode(msgspec.json.encode(example))
