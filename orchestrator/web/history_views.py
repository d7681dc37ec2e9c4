"""GET /events and GET /actions: what became of each of late, of the whole cluster."""

from typing import Any, ClassVar

from aiohttp import web

from orchestrator.core.actions import ActionType
from orchestrator.core.events import EventType
from orchestrator.errors import HistoryUnavailable
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope
from orchestrator.web.history_bodies import ActionsShown, EventsShown
from orchestrator.web.history_query import OF_ACTIONS, action_query, event_query, parameters
from orchestrator.web.operation import OTHER_TENANT, WRONG_QUERY, Answer, Operation, Parameter
from orchestrator.web.ports import History
from orchestrator.web.problems import Problem

RETRY_AFTER = {"Retry-After": "2"}

KEPT = (
    "Of the last HISTORY_DAYS, and HISTORY_ROWS at most; newest first, by the event's own time. "
    "A moment behind: a tenth of a second, longer while a worker that has just started reads on."
)


def _operation(what: str, body: type, asked: tuple[Parameter, ...]) -> Operation:
    return Operation(
        what,
        "history",
        {200: Answer("A page.", body)},
        parameters=asked,
        problems={
            404: OTHER_TENANT,
            422: WRONG_QUERY,
            503: "The history is not there yet, or this would take over 2 s.",
        },
        description=KEPT,
    )


class EventsView(ApiView):
    """GET /events: the same at every worker."""

    view_name = "events"
    view_path = "/events"
    scopes: ClassVar = {"GET": Scope.READ}
    operations: ClassVar = {
        "GET": _operation(
            "Events, and what became of each",
            EventsShown,
            parameters("event", "event_type", EventType),
        )
    }

    def __init__(self, *where: Any, history: History) -> None:
        super().__init__(*where)
        self._history = history

    async def get(self, request: web.Request) -> web.Response:
        """200 with a page, 503 if it cannot be had in time."""
        asked = event_query(request)
        try:
            page = await self._history.events(asked.wanted)
        except HistoryUnavailable as error:
            raise unavailable(error) from error
        return answer(EventsShown.of(page, asked.wanted, asked.filters))


class ActionsView(ApiView):
    """GET /actions: the same at every worker."""

    view_name = "actions"
    view_path = "/actions"
    scopes: ClassVar = {"GET": Scope.READ}
    operations: ClassVar = {
        "GET": _operation(
            "Actions, why they were asked for, and how they ended",
            ActionsShown,
            (*parameters("action", "action_type", ActionType), OF_ACTIONS),
        )
    }

    def __init__(self, *where: Any, history: History) -> None:
        super().__init__(*where)
        self._history = history

    async def get(self, request: web.Request) -> web.Response:
        """200 with a page, 503 if it cannot be had in time."""
        asked = action_query(request)
        try:
            page = await self._history.actions(asked.wanted)
        except HistoryUnavailable as error:
            raise unavailable(error) from error
        return answer(ActionsShown.of(page, asked.wanted, asked.filters))


def unavailable(error: HistoryUnavailable) -> Problem:
    """The answer while the history cannot tell."""
    return Problem(503, str(error), headers=RETRY_AFTER)
