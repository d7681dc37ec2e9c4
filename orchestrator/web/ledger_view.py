"""GET /ledger: what came in, held against what became of it."""

from typing import Any, ClassVar

from aiohttp import web

from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope, require_all_tenants
from orchestrator.web.ledger_shown import LedgerShown
from orchestrator.web.operation import WRONG_QUERY, Answer, Operation
from orchestrator.web.ports import LedgerSource
from orchestrator.web.problems import Problem
from orchestrator.web.queries import no_query


class LedgerView(ApiView):
    """GET /ledger: the cluster's, the same at every worker; 503 until it has been read."""

    view_name = "ledger"
    view_path = "/ledger"
    scopes: ClassVar = {"GET": Scope.READ}
    operations: ClassVar = {
        "GET": Operation(
            "What came in, held against what became of it",
            "operations",
            {200: Answer("What the last look has seen.", LedgerShown)},
            problems={422: WRONG_QUERY, 503: "The ledger has not been read from Kafka yet."},
            description="A token that is bound to a tenant does not see it: it is of all tenants.",
        )
    }

    def __init__(self, *where: Any, source: LedgerSource) -> None:
        super().__init__(*where)
        self._source = source

    async def get(self, request: web.Request) -> web.Response:
        """What the last look has seen."""
        no_query(request)
        require_all_tenants(request, "The ledger")
        seen = self._source.seen
        if seen is None:
            wait = {"Retry-After": "2"}
            raise Problem(503, "The ledger has not been read from Kafka yet.", headers=wait)
        return answer(LedgerShown.of(seen.ledger, seen.at, seen.since))
