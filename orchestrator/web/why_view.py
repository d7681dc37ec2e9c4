"""GET /learners/{learner_id}/why: why it was decided so, and what the rules wait for."""

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from aiohttp import web

from orchestrator.errors import HistoryUnavailable
from orchestrator.history.rows import ActionRow
from orchestrator.read_model.learners import Present
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope
from orchestrator.web.operation import (
    LEARNER_ID,
    NOBODY_KNOWS,
    TENANT_ID,
    WRONG_QUERY,
    Answer,
    Operation,
)
from orchestrator.web.owner import OwnersAnswer, Who, who_is_meant
from orchestrator.web.ports import History
from orchestrator.web.relay import Question
from orchestrator.web.state_view import UNKNOWN, unknown
from orchestrator.web.why_shown import WhyShown

LAST = 10
"""Actions that are explained."""


class WhyView(ApiView):
    """GET /learners/{learner_id}/why?tenant_id=: the owner answers, through any worker."""

    view_name = "why"
    view_path = "/learners/{learner_id:[^/]+}/why"
    scopes: ClassVar = {"GET": Scope.READ}
    operations: ClassVar = {
        "GET": Operation(
            "Why it was decided so, and what the rules wait for",
            "learners",
            {200: Answer("In words, and as data.", WhyShown)},
            parameters=(LEARNER_ID, TENANT_ID),
            problems={404: UNKNOWN, 422: WRONG_QUERY, 503: NOBODY_KNOWS},
        )
    }

    def __init__(self, *where: Any, owners: OwnersAnswer, history: History) -> None:
        super().__init__(*where)
        self._owners = owners
        self._history = history

    async def get(self, request: web.Request, learner_id: str) -> web.Response:
        """200 with the explanations, 404 if the learner is unknown, 503 while nobody can say."""
        who = who_is_meant(request, learner_id)
        last = await self._last_actions(who)
        question = Question("GET", why_path(who))
        return await self._owners.find(request, who, question, lambda now: _shown(who, now, last))

    async def _last_actions(self, who: Who) -> Sequence[ActionRow] | None:
        """None while the history cannot tell: what the rules wait for does not depend on it."""
        try:
            return await self._history.last_actions(who.tenant_id, who.learner_id, LAST)
        except HistoryUnavailable:
            return None


def why_path(who: Who) -> str:
    """The address of the explanations for a learner, encoded."""
    learner = quote(who.learner_id, safe="")
    return f"/learners/{learner}/why?{urlencode({'tenant_id': who.tenant_id})}"


def _shown(who: Who, present: Present, last: Sequence[ActionRow] | None) -> web.Response:
    if present.state is None or present.state.is_blank:
        return unknown()
    return answer(WhyShown.of(who, present.state, present, last))
