"""The events that are measured with: coursework, assessments and progress; every tenth acts."""

import random
from datetime import datetime
from typing import Any

import msgspec

from orchestrator.bridge.entries import Translator

ACTS_EVERY = 10


def make_event(
    number: int, rng: random.Random, learners: int, at: datetime
) -> tuple[str, dict[str, Any]]:
    """The stream and the envelope of one event; every tenth has learning gaps, and acts."""
    data: dict[str, Any]
    event: dict[str, Any] = {
        "id": f"e-{number}-{rng.getrandbits(40):x}",
        "tenant_id": "tenant-1",
        "learner_id": f"learner-{rng.randrange(learners)}",
        "timestamp": at.isoformat(),
    }
    if number % ACTS_EVERY == 0:
        metrics = {"accuracy": 0.6, "engagement": 0.7}
        data = {"performance_metrics": metrics, "learning_gaps": ["fractions"]}
        return "aivo.events.coursework", {**event, "type": "COURSEWORK_ANALYZED", "data": data}
    if number % 2:
        data = {"performance_score": 0.6, "engagement_score": 0.7}
        return "aivo.events.learner", {**event, "type": "LEARNER_PROGRESS", "data": data}
    return "aivo.events.assessment", {
        **event,
        "type": "ASSESSMENT_COMPLETE",
        "data": {"score": 0.6},
    }


def canonical(stream: str, event: dict[str, Any], at: datetime) -> tuple[bytes, bytes]:
    """Key and value of the event in Kafka, as the bridge writes it."""
    fields = {b"data": msgspec.json.encode(event)}
    translated = Translator(stream).translate(b"1-0", fields, at)
    assert translated.refusal is None, translated.refusal
    assert translated.record.key is not None
    assert translated.record.value is not None
    return translated.record.key, translated.record.value
