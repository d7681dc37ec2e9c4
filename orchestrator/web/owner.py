"""Questions about one learner: answered here if the learner is this worker's, else by the owner."""

from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from orchestrator.errors import OwnershipLost, StreamError, UnknownPolicy
from orchestrator.read_model.learners import Present
from orchestrator.web.access.workers import HOP_HEADER
from orchestrator.web.caller import caller_of, require_tenant
from orchestrator.web.ports import Learners
from orchestrator.web.problems import FieldFault, Problem
from orchestrator.web.queries import identifier, no_query
from orchestrator.web.relay import OWNER_HEADER, RETRY_AFTER, Question, Relay


class Who(NamedTuple):
    """A learner."""

    tenant_id: str
    learner_id: str


def who_is_meant(request: web.Request, learner_id: str) -> Who:
    """The learner of the path, at the tenant of the query.

    Raises Problem 422 if that is nobody, 404 if the caller is bound to another tenant.
    """
    no_query(request, {"tenant_id"})
    faults: list[FieldFault] = []
    who = Who(
        identifier("query.tenant_id", request.query.getall("tenant_id", []), faults),
        identifier("learner_id", [learner_id], faults),
    )
    if faults:
        raise Problem(422, "The question does not say whom it is about.", faults)
    require_tenant(request, who.tenant_id)
    return who


class OwnersAnswer:
    """Finds who can answer. A question goes to one other worker at most, however stale a map is."""

    def __init__(self, learners: Learners, relay: Relay) -> None:
        self._learners = learners
        self._relay = relay

    async def find(
        self,
        request: web.Request,
        who: Who,
        question: Question,
        here: Callable[[Present], web.Response],
    ) -> web.Response:
        """What `here` says of the learner, or the owner to the same `question`.

        Raises Problem 503 while nobody can say.
        """
        try:
            present = await self._learners.present(*who)
        except OwnershipLost as error:
            if HOP_HEADER in request.headers:
                detail = "This learner is with another worker, or on the way to one. Try again."
                raise Problem(503, detail, headers=RETRY_AFTER) from error
            owner = self._learners.owner(*who)
            return await self._relay.ask(owner, question, caller_of(request))
        except (StreamError, UnknownPolicy) as error:
            raise Problem(503, str(error), headers=RETRY_AFTER) from error
        response = here(present)
        response.headers[OWNER_HEADER] = str(present.partition)
        return response
