"""POST /internal/trigger: an event by hand, on the ordinary way, and its decision as the answer."""

import asyncio
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import msgspec
from aiohttp import web

from orchestrator.clock import Clock
from orchestrator.core.events import Event
from orchestrator.errors import StreamError
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.bodies import json_object, no_query
from orchestrator.web.ports import Decided, Frozen, Trigger
from orchestrator.web.problems import Problem
from orchestrator.web.trigger_body import event_of

ANSWER_WITHIN = 5.0
"""Seconds that a caller waits for a decision before being told where to look for it."""


class Decision(Frozen):
    """What became of the event (decided, duplicate, late), and where it stands in Kafka."""

    outcome: str
    partition: int
    offset: int


class TriggerAnswer(Frozen):
    """The answer. `decision` null: not decided yet, the Location header says where it will be."""

    event_id: str
    actions_generated: list[dict[str, Any]]
    processing_time_ms: float
    decision: Decision | None


class TriggerView(ApiView):
    """POST /internal/trigger."""

    view_name = "trigger"
    view_path = "/internal/trigger"

    def __init__(
        self, *where: Any, trigger: Trigger, clock: Clock, answer_within: float = ANSWER_WITHIN
    ) -> None:
        super().__init__(*where)
        self._trigger = trigger
        self._clock = clock
        self._answer_within = answer_within

    async def post(self, request: web.Request) -> web.Response:
        """200 with the decision, 202 if it takes too long, 503 if Kafka does not take the event."""
        no_query(request)
        body = await json_object(request)
        event = event_of(body, self._clock.now(), f"trigger:{uuid4().hex}")
        began = asyncio.get_running_loop().time()
        decided = await self._submit(event)
        milliseconds = (asyncio.get_running_loop().time() - began) * 1000
        if decided is None:
            return answer(_answer(event, None, milliseconds), 202, {"Location": _location(event)})
        return answer(_answer(event, decided, milliseconds))

    async def _submit(self, event: Event) -> Decided | None:
        try:
            return await self._trigger.submit(event, self._answer_within)
        except StreamError as error:
            detail = f"Kafka did not take the event: {error} Try again; give it an id to be safe."
            raise Problem(503, detail, headers={"Retry-After": "5"}) from error


def _answer(event: Event, decided: Decided | None, milliseconds: float) -> TriggerAnswer:
    actions = [] if decided is None else [msgspec.to_builtins(a) for a in decided.actions]
    return TriggerAnswer(
        event_id=event.id,
        actions_generated=actions,
        processing_time_ms=round(milliseconds, 3),
        decision=decided
        and Decision(outcome=decided.outcome, partition=decided.partition, offset=decided.offset),
    )


def _location(event: Event) -> str:
    query = {"tenant_id": event.tenant_id, "learner_id": event.learner_id, "id": event.id}
    return f"/events?{urlencode(query)}"
