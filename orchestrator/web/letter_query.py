"""The query of GET /dead-letters: which are asked for, how many, and after which."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from aiohttp import web

from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.answering import Where
from orchestrator.dead_letters.catalogue import Place, Wanted, place_of
from orchestrator.dead_letters.letters import UNREADABLE, Letter
from orchestrator.web.caller import narrowed
from orchestrator.web.problems import Problem
from orchestrator.web.queries import Form, no_query

FILTERS = ("reason", "tenant_id", "since", "until")
PARAMETERS = (*FILTERS, "limit", "cursor")

REASONS = (*(str(reason) for reason in Refusal), UNREADABLE)
MOST = 200
USUAL = 20

_WHEN = "a time with a zone, such as 2026-01-05T08:00:00Z"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

CURSOR = "^(-[0-9]{1,16}|[0-9]{1,17})-([0-9]{1,9})-([0-9]{1,18})$"
"""A moment in microseconds since 1970, a partition and an offset."""

_place = re.compile(CURSOR).fullmatch
_where = re.compile(r"([0-9]{1,9})-([0-9]{1,18})").fullmatch


class LetterQuery(NamedTuple):
    """What is asked. `filters`: what was given, as text; `before`: older than this place."""

    wanted: Wanted
    filters: Mapping[str, str]
    limit: int
    before: Place | None


def letter_query(request: web.Request) -> LetterQuery:
    """What the request asks for. Raises Problem: 422 naming every fault, 404 (another tenant)."""
    no_query(request, PARAMETERS)
    form = Form(request)
    wanted = Wanted(
        reason=form.one_of("reason", REASONS),
        since=form.moment("since", _moment, _WHEN),
        until=form.moment("until", _moment, _WHEN),
        tenant=form.identifier("tenant_id"),
    )
    limit = form.number("limit", USUAL, 1, MOST)
    before = _cursor(form)
    form.check()
    tenant = narrowed(request, wanted.tenant)
    filters = {name: request.query[name] for name in FILTERS if name in request.query}
    return LetterQuery(wanted._replace(tenant=tenant), filters, limit, before)


def cursor_after(letter: Letter) -> str:
    """What asks for the letters older than this one."""
    at, partition, offset = place_of(letter)
    return f"{(at - _EPOCH) // _MICROSECOND}-{partition}-{offset}"


def where_of(text: str) -> Where:
    """The place that an id names. Raises Problem 404 on what is no id."""
    found = _where(text)
    if found is None:
        raise Problem(404, "There is no such dead letter: an id is as GET /dead-letters shows it.")
    return Where(int(found[1]), int(found[2]))


def _moment(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return None if found.tzinfo is None else found


def _cursor(form: Form) -> Place | None:
    given = form.text("cursor")
    if given is None:
        return None
    found = _place(given)
    if found is None:
        form.fault("cursor", "must be the next_cursor of an answer")
        return None
    return _EPOCH + int(found[1]) * _MICROSECOND, int(found[2]), int(found[3])
