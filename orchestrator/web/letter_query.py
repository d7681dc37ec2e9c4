"""The query of GET /dead-letters: which are asked for, how many, and after which."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from aiohttp import web

from orchestrator.core.refusals import Refusal
from orchestrator.dead_letters.answering import Where
from orchestrator.dead_letters.catalogue import Place, Wanted, place_of
from orchestrator.dead_letters.letters import UNREADABLE, Letter
from orchestrator.web.caller import narrowed
from orchestrator.web.problems import FieldFault, Problem
from orchestrator.web.queries import LONGEST_ID, no_query, within_reach

T = TypeVar("T")

FILTERS = ("reason", "tenant_id", "since", "until")
PARAMETERS = (*FILTERS, "limit", "cursor")

REASONS = (*(str(reason) for reason in Refusal), UNREADABLE)
MOST = 200
USUAL = 20

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
    faults: list[FieldFault] = []
    given = {name: _once(request, name, faults) for name in PARAMETERS if name in request.query}
    wanted = Wanted(
        reason=_chosen(given.get("reason"), faults),
        since=_moment("since", given.get("since"), faults),
        until=_moment("until", given.get("until"), faults),
        tenant=_tenant(given.get("tenant_id"), faults),
    )
    limit = _limit(given.get("limit"), faults)
    before = _cursor(given.get("cursor"), faults)
    if faults:
        raise Problem(422, "The query has parameters that are not as they should be.", faults)
    tenant = narrowed(request, wanted.tenant)
    filters = {name: given[name] for name in FILTERS if name in given}
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


def _once(request: web.Request, name: str, faults: list[FieldFault]) -> str:
    found = request.query.getall(name)
    if len(found) > 1:
        faults.append(FieldFault(f"query.{name}", "is given twice"))
    return found[0]


def _chosen(given: str | None, faults: list[FieldFault]) -> str | None:
    if given is not None and given not in REASONS:
        faults.append(FieldFault("query.reason", f"must be one of: {', '.join(REASONS)}"))
    return given


def _tenant(given: str | None, faults: list[FieldFault]) -> str | None:
    if given is not None and not 1 <= len(given) <= LONGEST_ID:
        faults.append(FieldFault("query.tenant_id", f"must have 1 to {LONGEST_ID} characters"))
    return given


def _moment(name: str, given: str | None, faults: list[FieldFault]) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        what = "must be a time with a zone, such as 2026-01-05T08:00:00Z"
        faults.append(FieldFault(f"query.{name}", what))
        return None
    return within_reach(found)


def _limit(given: str | None, faults: list[FieldFault]) -> int:
    if given is None:
        return USUAL
    if re.fullmatch(r"[0-9]{1,3}", given) and 1 <= int(given) <= MOST:
        return int(given)
    faults.append(FieldFault("query.limit", f"must be a whole number from 1 to {MOST}"))
    return USUAL


def _cursor(given: str | None, faults: list[FieldFault]) -> Place | None:
    if given is None:
        return None
    found = _place(given)
    if found is None:
        faults.append(FieldFault("query.cursor", "must be the next_cursor of an answer"))
        return None
    return _EPOCH + int(found[1]) * _MICROSECOND, int(found[2]), int(found[3])
