"""The trigger's way: into Kafka like any event, and the decision back from the decisions topic."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol
from uuid import uuid4

from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import BODY_HASH_HEADER, TRIGGER_HEADER
from orchestrator.core.ids import learner_key
from orchestrator.errors import StreamError
from orchestrator.read_model.waiting import DecisionBoard
from orchestrator.stream.records import Headers, Record, Sender
from orchestrator.topics import EVENTS
from orchestrator.web.ports import Decided

SEND_WITHIN_S = 5.0
"""How long a caller waits for Kafka to take the event, before the wait for the decision."""


class Traces(Protocol):
    """Whoever traces; must neither block nor raise."""

    def sending(self, topic: str) -> AbstractContextManager[Headers]:
        """Around the writing of a record; the headers by which its trace goes on."""
        ...


class KafkaTrigger:
    """Implements the Trigger port. Works on any worker, whoever decides about the learner."""

    def __init__(self, sender: Sender, board: DecisionBoard, traces: Traces | None = None) -> None:
        self._sender = sender
        self._board = board
        self._traces = traces

    async def submit(self, event: Event, seconds: float, body_hash: str = "") -> Decided | None:
        """Send the event and wait for its decision; None if it takes longer than `seconds`."""
        request_id = uuid4().hex
        key = learner_key(event.tenant_id, event.learner_id)
        decision = self._board.expect(request_id)
        try:
            with nullcontext(()) if self._traces is None else self._traces.sending(EVENTS) as trace:
                headers = _headers(request_id, body_hash) + trace
                await self._send(Record(key, encode_event(event), headers))
            partition, row = await asyncio.wait_for(decision, seconds)
        except TimeoutError:
            return None
        finally:
            decision.cancel()
        return Decided(row.outcome, row.actions, partition, row.offset)

    async def _send(self, record: Record) -> None:
        try:
            await asyncio.wait_for(self._sender.send(EVENTS, [record]), SEND_WITHIN_S)
        except TimeoutError:
            raise StreamError(f"no acknowledgement within {SEND_WITHIN_S:g} s.") from None


def _headers(request_id: str, body_hash: str) -> Headers:
    asked = ((TRIGGER_HEADER, request_id.encode()),)
    return (*asked, (BODY_HASH_HEADER, body_hash.encode())) if body_hash else asked
