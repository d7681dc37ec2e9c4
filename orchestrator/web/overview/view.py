"""GET /overview: lanes, services, actions by type, partitions and their owners."""

from typing import Any, ClassVar, Protocol

from aiohttp import web

from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope, require_all_tenants
from orchestrator.web.operation import WRONG_QUERY, Answer, Operation
from orchestrator.web.overview.shown import OverviewShown
from orchestrator.web.queries import no_query

OF_ALL = "The token is bound to a tenant, and the overview is of all."


class OverviewSource(Protocol):
    """Knows how the work goes."""

    def overview(self) -> OverviewShown:
        """From memory, at once."""
        ...


class OverviewView(ApiView):
    """GET /overview: figures, nothing about any learner."""

    view_name = "overview"
    view_path = "/overview"
    scopes: ClassVar = {"GET": Scope.READ}
    operations: ClassVar = {
        "GET": Operation(
            "Streams, services, actions by type, partitions and who has them",
            "operations",
            {200: Answer("As the worker that is asked knows it.", OverviewShown)},
            problems={403: OF_ALL, 422: WRONG_QUERY},
        )
    }

    def __init__(self, *where: Any, source: OverviewSource) -> None:
        super().__init__(*where)
        self._source = source

    async def get(self, request: web.Request) -> web.Response:
        """The present overview."""
        no_query(request)
        require_all_tenants(request, "The overview")
        return answer(self._source.overview())
