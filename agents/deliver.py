"""Actions in, calls out: one agent an actions topic, so that no service holds up another."""

from typing import Any, Protocol

import msgspec
from faust.types import StreamT

from orchestrator.clock import Clock
from orchestrator.core.actions import (
    SERVICE_OF,
    Action,
    Outcome,
    Service,
    decode_action,
    encode_action,
)
from orchestrator.core.dead_letters import dead_letter
from orchestrator.core.ids import learner_key
from orchestrator.core.outcomes import encode_outcome, outcome_of
from orchestrator.core.refusals import Refusal
from orchestrator.delivery.deliverer import Deliverer, Delivery
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.runner import each_batch
from orchestrator.topics import DEAD_LETTERS, OUTCOMES

KEPT_AS_DEAD_LETTERS = {
    Outcome.REJECTED: Refusal.REJECTED,
    Outcome.FAILED: Refusal.UNDELIVERABLE,
}


class DeliverObserver(Protocol):
    """Who counts."""

    def on_delivered(self, service: Service, seconds: float) -> None:
        """An action was delivered, so long after its event's own time."""
        ...


def deliver_agent(
    app: StreamApp, topic: str, *, deliverer: Deliverer, clock: Clock, observer: DeliverObserver
) -> None:
    """Add the agent of one actions topic to the app.

    A batch is done when each of its actions has its outcome, and Kafka has the outcomes. Cut short
    before, its actions are sent again with the same keys.
    """

    async def deliver_batch(batch: Batch) -> None:
        actions, letters = _read(batch.records, clock)
        deliveries = await deliverer.deliver(actions)
        outcomes = []
        for action, delivery in zip(actions, deliveries, strict=True):
            outcomes.append(_outcome_record(action, delivery))
            letters.extend(_kept(action, delivery))
            if delivery.outcome is Outcome.DELIVERED:
                seconds = (delivery.at - action.created_at).total_seconds()
                observer.on_delivered(SERVICE_OF[action.type], seconds)
        await app.batch_producer.write(batch.partition, {OUTCOMES: outcomes, DEAD_LETTERS: letters})

    @app.agent(app.source(topic), name=f"deliver {topic}")
    async def deliver(stream: StreamT[Any]) -> None:
        await each_batch(stream, deliver_batch)


def _read(records: list[RawRecord], clock: Clock) -> tuple[list[Action], list[Record]]:
    """The actions, and a dead letter for each record that is none."""
    actions, letters = [], []
    for record in records:
        try:
            actions.append(decode_action(record.value or b""))
        except msgspec.DecodeError as error:
            source = f"kafka:{record.topic}:{record.partition}:{record.offset}"
            raw, reason = record.value or b"", Refusal.UNDELIVERABLE
            letters.append(Record(*dead_letter(raw, reason, str(error), source, clock.now())))
    return actions, letters


def _outcome_record(action: Action, delivery: Delivery) -> Record:
    outcome = outcome_of(
        action,
        SERVICE_OF[action.type],
        outcome=delivery.outcome,
        at=delivery.at,
        attempts=delivery.attempts,
        status=delivery.status,
        detail=delivery.detail,
    )
    return Record(learner_key(action.tenant_id, action.learner_id), encode_outcome(outcome))


def _kept(action: Action, delivery: Delivery) -> list[Record]:
    """What a service refused for good, or could not be sent at all, is kept with the answer."""
    reason = KEPT_AS_DEAD_LETTERS.get(delivery.outcome)
    if reason is None:
        return []
    answer = delivery.response[:400].decode(errors="replace")
    detail = f"{delivery.detail} {answer}".strip()
    source = f"action:{action.action_id}"
    return [Record(*dead_letter(encode_action(action), reason, detail, source, delivery.at))]
