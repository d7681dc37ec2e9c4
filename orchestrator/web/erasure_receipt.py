"""The receipt of an erasure: what is gone, and what stays where until when."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from orchestrator.core.events import LearnerErased
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_NOTIFICATION,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    DECISIONS,
    DELIVERIES_CHANGELOG,
    EVENTS,
    LEARNER_STATE_CHANGELOG,
    OUTCOMES,
    TOPICS,
)
from orchestrator.web.frozen import Frozen
from orchestrator.web.ports import Decided

ERASED = (
    "the state: level, streaks, session, breaks, alerts, assessments, profile",
    "what is known at the delivery: the level that arrived, and what was refused",
    "the history: what GET /events and GET /actions tell, at each worker as soon as it has read "
    "the erasure, and in its file",
    "actions that wait: they end as erased as soon as the delivery comes to the erasure in their "
    "topic; a call under way is not called back",
    "dead letters that name the learner: from now on none of them is shown or replayed",
)

WHAT = {
    EVENTS: "the events",
    DECISIONS: "what became of each event",
    ACTIONS_LEARNER: "the actions for learner-svc",
    ACTIONS_NOTIFICATION: "the actions for notification-svc",
    ACTIONS_URGENT: "the interventions for notification-svc",
    OUTCOMES: "how the actions ended",
    DEAD_LETTERS: "what could not be read, and what a service refused; and a hash of the learner's "
    "ids",
    LEARNER_STATE_CHANGELOG: "earlier states, until Kafka compacts the log; and a stub of the "
    "learner's ids, a position and hashes of event ids",
    DELIVERIES_CHANGELOG: "what waited, until Kafka compacts the log; and a stub of the learner's "
    "ids, positions and hashes of action ids",
}
"""What the topics hold of a learner; those that are not here hold nothing."""


IN_REDIS = (
    "the entries as the producers wrote them, in the streams of EVENT_STREAMS, which are theirs to "
    "trim"
)


class Remainder(Frozen):
    """What a topic, or Redis, still holds."""

    what: str
    topic: str = Field(description="a topic of Kafka; `redis`: the producers' streams")
    until: datetime | None = Field(
        description="from then on Kafka deletes it, a segment of the log at a time; null: no date"
    )


class Receipt(Frozen):
    """An erasure. `partition` and `offset` null: it is in Kafka, and not decided yet."""

    id: str
    tenant_id: str
    learner_id: str
    at: datetime
    partition: int | None
    offset: int | None
    erased: list[str]
    remains: list[Remainder]

    @classmethod
    def of(cls, event: LearnerErased, decided: Decided | None) -> Self:
        """The receipt of an erasure, decided or yet to be."""
        return cls(
            id=event.id,
            tenant_id=event.tenant_id,
            learner_id=event.learner_id,
            at=event.timestamp,
            partition=None if decided is None else decided.partition,
            offset=None if decided is None else decided.offset,
            erased=list(ERASED),
            remains=_remains(event.timestamp),
        )


def _remains(at: datetime) -> list[Remainder]:
    return [
        Remainder(
            what=WHAT[spec.name],
            topic=spec.name,
            until=None if spec.retention_days is None else at + timedelta(days=spec.retention_days),
        )
        for spec in TOPICS
        if spec.name in WHAT
    ] + [Remainder(what=IN_REDIS, topic="redis", until=None)]
