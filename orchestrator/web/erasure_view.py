"""DELETE /learners/{learner_id}: forget a learner, by an event on the ordinary way."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import uuid4

from aiohttp import web

from orchestrator.clock import Clock
from orchestrator.core.events import LearnerErased
from orchestrator.core.ids import EventId, LearnerId, TenantId
from orchestrator.errors import StreamError
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope
from orchestrator.web.erasure_receipt import Receipt
from orchestrator.web.operation import (
    LEARNER_ID,
    OTHER_TENANT,
    TENANT_ID,
    WRONG_QUERY,
    Answer,
    Operation,
)
from orchestrator.web.owner import Who, who_is_meant
from orchestrator.web.ports import Decided, Trigger
from orchestrator.web.problems import Problem
from orchestrator.web.state_view import state_path

ANSWER_WITHIN = 5.0
"""Seconds that a caller waits for the erasure to be decided."""


class ErasureView(ApiView):
    """DELETE /learners/{learner_id}?tenant_id=: at any worker, whoever has the learner."""

    view_name = "learner"
    view_path = "/learners/{learner_id:[^/]+}"
    scopes: ClassVar = {"DELETE": Scope.ADMIN}
    operations: ClassVar = {
        "DELETE": Operation(
            "Erase a learner",
            "learners",
            {
                200: Answer("The receipt; also of a learner nobody has heard of.", Receipt),
                202: Answer(
                    "It is in Kafka and will be decided; until then the receipt has no place.",
                    Receipt,
                    headers={"Location": "The learner's state, which will be 404."},
                ),
            },
            parameters=(LEARNER_ID, TENANT_ID),
            problems={404: OTHER_TENANT, 422: WRONG_QUERY, 503: "Kafka did not take the erasure."},
        )
    }

    def __init__(
        self,
        *where: Any,
        trigger: Trigger,
        clock: Clock,
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        super().__init__(*where)
        self._trigger = trigger
        self._clock = clock
        self._answer_within = answer_within

    async def delete(self, request: web.Request, learner_id: str) -> web.Response:
        """200 with the receipt, 202 if the decision takes too long, 503 if Kafka does not take it.

        Also 200 for a learner nobody has heard of: of them, too, nothing is known from now on.
        """
        who = who_is_meant(request, learner_id)
        event = erasure_of(who, self._clock.now())
        decided = await self._submit(event)
        receipt = Receipt.of(event, decided)
        if decided is None:
            return answer(receipt, 202, {"Location": state_path(who)})
        return answer(receipt)

    async def _submit(self, event: LearnerErased) -> Decided | None:
        try:
            return await self._trigger.submit(event, self._answer_within)
        except StreamError as error:
            detail = f"Kafka did not take the erasure: {error} Try again; twice does no harm."
            raise Problem(503, detail, headers={"Retry-After": "5"}) from error


def erasure_of(who: Who, now: datetime) -> LearnerErased:
    """The event that erases a learner, with an id of its own."""
    return LearnerErased(
        id=EventId(f"erased:{uuid4().hex}"),
        tenant_id=TenantId(who.tenant_id),
        learner_id=LearnerId(who.learner_id),
        timestamp=now,
        received_at=now,
    )
