"""POST /internal/trigger: an event by hand, on the ordinary way, and its decision as the answer."""

import asyncio
from typing import Any, ClassVar
from uuid import uuid4

from aiohttp import web

from orchestrator.clock import Clock
from orchestrator.core.decide import DecisionOutcome
from orchestrator.core.events import Event
from orchestrator.errors import StreamError
from orchestrator.web.access.audit import about
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.bodies import json_object
from orchestrator.web.caller import Scope, require_tenant
from orchestrator.web.dry_run import DryRun
from orchestrator.web.idempotency import hash_of, idempotency_key, other_body
from orchestrator.web.ports import Decided, FirstBodies, Trigger
from orchestrator.web.problems import Problem
from orchestrator.web.queries import flag, no_query
from orchestrator.web.trigger_answer import DecisionShown, location, trigger_answer
from orchestrator.web.trigger_body import event_of
from orchestrator.web.trigger_operation import TRIGGERING

ANSWER_WITHIN = 5.0
"""Seconds that a caller waits for a decision before being told where to look for it."""


class TriggerView(ApiView):
    """POST /internal/trigger."""

    view_name = "trigger"
    view_path = "/internal/trigger"
    scopes: ClassVar = {"POST": Scope.TRIGGER}
    operations: ClassVar = {"POST": TRIGGERING}

    def __init__(
        self,
        *where: Any,
        trigger: Trigger,
        bodies: FirstBodies,
        dry_run: DryRun,
        clock: Clock,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        super().__init__(*where)
        self._trigger = trigger
        self._bodies = bodies
        self._dry_run = dry_run
        self._clock = clock
        self._answer_within = answer_within

    async def post(self, request: web.Request) -> web.Response:
        """200 with the decision, 202 if it takes too long, 503 if Kafka does not take the event."""
        no_query(request, {"dry_run"})
        is_dry_run, key = flag(request, "dry_run"), idempotency_key(request)
        body = await json_object(request)
        event = event_of(body, self._clock.now(), f"trigger:{uuid4().hex}", key)
        about(request, event.tenant_id, event.learner_id)
        require_tenant(request, event.tenant_id)
        body_hash = hash_of(body, key) if key is not None else ""
        self._refuse_other_body(event, body_hash)
        if is_dry_run:
            return await self._dry_run.answer(request, body, event)
        return await self._decision(event, body_hash)

    async def _decision(self, event: Event, body_hash: str) -> web.Response:
        clock = asyncio.get_running_loop().time
        began = clock()
        decided = await self._submit(event, body_hash)
        if decided is None:
            unknown = trigger_answer(event, None, (), clock() - began)
            return answer(unknown, 202, {"Location": location(event)})
        if decided.outcome == DecisionOutcome.DUPLICATE:
            self._refuse_other_body(event, body_hash)  # one that came at the same time
        shown = DecisionShown(
            outcome=DecisionOutcome(decided.outcome),
            partition=decided.partition,
            offset=decided.offset,
        )
        return answer(trigger_answer(event, shown, decided.actions, clock() - began))

    def _refuse_other_body(self, event: Event, body_hash: str) -> None:
        if body_hash:
            first = self._bodies.body_hash(event.tenant_id, event.id)
            if first is not None and first != body_hash:
                raise other_body()

    async def _submit(self, event: Event, body_hash: str) -> Decided | None:
        try:
            return await self._trigger.submit(event, self._answer_within, body_hash)
        except StreamError as error:
            detail = f"Kafka did not take the event: {error} Try again; give it an id to be safe."
            raise Problem(503, detail, headers={"Retry-After": "5"}) from error
