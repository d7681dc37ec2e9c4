"""GET /dead-letters and POST /dead-letters/{id}/replay."""

from typing import Annotated, Any, ClassVar, Literal

from aiohttp import web
from pydantic import AwareDatetime, Field

from orchestrator.dead_letters.answering import UnknownLetter
from orchestrator.dialects.replay import NotReplayable
from orchestrator.errors import StreamError
from orchestrator.web.answers import ApiView, answer
from orchestrator.web.caller import Scope, caller_of
from orchestrator.web.letter_bodies import DeadLettersShown, ReplayShown
from orchestrator.web.letter_query import (
    CURSOR,
    MOST,
    REASONS,
    USUAL,
    cursor_after,
    letter_query,
    where_of,
)
from orchestrator.web.operation import (
    OTHER_TENANT,
    WRONG_QUERY,
    Answer,
    Identifier,
    Operation,
    Parameter,
)
from orchestrator.web.ports import DeadLetterSource
from orchestrator.web.problems import Problem
from orchestrator.web.queries import flag, no_query

PARAMETERS = (
    Parameter("reason", "Only those refused for this reason.", Literal[REASONS]),
    Parameter("tenant_id", "Only those that name this tenant, and no other.", Identifier),
    Parameter("since", "Only those refused at this time or later.", AwareDatetime),
    Parameter("until", "Only those refused before this time.", AwareDatetime),
    Parameter(
        "limit", f"At most so many; {USUAL} without it.", Annotated[int, Field(ge=1, le=MOST)]
    ),
    Parameter(
        "cursor", "The `next_cursor` of the page before.", Annotated[str, Field(pattern=CURSOR)]
    ),
)

RETRY_AFTER = {"Retry-After": "5"}


class DeadLettersView(ApiView):
    """GET /dead-letters: of the whole cluster, the same at every worker."""

    view_name = "dead_letters"
    view_path = "/dead-letters"
    scopes: ClassVar = {"GET": Scope.ADMIN}
    operations: ClassVar = {
        "GET": Operation(
            "What was refused, the newest first",
            "operations",
            {200: Answer("A page.", DeadLettersShown)},
            parameters=PARAMETERS,
            problems={404: OTHER_TENANT, 422: WRONG_QUERY, 503: "Kafka does not give them in 2 s."},
            description="Read from Kafka as it is now, the newest 10,000 at most. What a learner's "
            "erasure has made unknown is not among them.",
        )
    }

    def __init__(self, *where: Any, source: DeadLetterSource) -> None:
        super().__init__(*where)
        self._source = source

    async def get(self, request: web.Request) -> web.Response:
        """200 with a page, 503 if Kafka does not give it in time."""
        asked = letter_query(request)
        try:
            page = await self._source.page(asked.wanted, asked.limit, asked.before)
        except StreamError as error:
            raise Problem(503, f"{error} Try again.", headers=RETRY_AFTER) from error
        cursor = cursor_after(page.letters[-1].letter) if page.more else None
        return answer(DeadLettersShown.of(page, asked.filters, cursor))


class ReplayView(ApiView):
    """POST /dead-letters/{id}/replay[?again=true]: at any worker."""

    view_name = "replay_dead_letter"
    view_path = "/dead-letters/{id:[^/]+}/replay"
    scopes: ClassVar = {"POST": Scope.ADMIN}
    operations: ClassVar = {
        "POST": Operation(
            "Try a dead letter again",
            "operations",
            {200: Answer("What was done.", ReplayShown)},
            parameters=(
                Parameter(
                    "id", "As GET /dead-letters shows it.", where="path", required=True, sent="3-17"
                ),
                Parameter("again", "true: also if it was replayed before.", bool),
            ),
            problems={
                404: "There is no such dead letter, or no longer, or it is another tenant's.",
                409: "It cannot be replayed; the detail says why, and what to do instead.",
                422: WRONG_QUERY,
                503: "Kafka did not take it.",
            },
            description="Twice does no harm: an event keeps its id, and is decided once; an action "
            "that has arrived is passed over.",
        )
    }

    def __init__(self, *where: Any, source: DeadLetterSource) -> None:
        super().__init__(*where)
        self._source = source

    async def post(self, request: web.Request, id: str) -> web.Response:  # noqa: A002
        """200 with what was done, 404 unknown, 409 with why it cannot be, 503 Kafka fails.

        Twice does no harm: an event keeps its id, and is decided once; an action that has arrived
        is passed over.
        """
        no_query(request, {"again"})
        again, where = flag(request, "again"), where_of(id)
        try:
            tried = await self._source.replay(where, caller_of(request).tenant, again=again)
        except UnknownLetter as error:
            raise Problem(404, str(error)) from error
        except NotReplayable as error:
            raise Problem(409, f"It was not replayed: {error}") from error
        except StreamError as error:
            detail = f"Kafka did not take the replay: {error} Try again; twice does no harm."
            raise Problem(503, detail, headers=RETRY_AFTER) from error
        return answer(ReplayShown.of(tried))
