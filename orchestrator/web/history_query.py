"""The query of GET /events and GET /actions: which rows, and which page of them."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NamedTuple, TypeVar

from aiohttp import web
from msgspec.structs import replace
from pydantic import AwareDatetime, Field

from orchestrator.core.actions import ActionType, Service
from orchestrator.core.events import EventType
from orchestrator.history.rows import Query, Stage
from orchestrator.web.caller import narrowed
from orchestrator.web.operation import Identifier, Parameter
from orchestrator.web.problems import FieldFault, Problem
from orchestrator.web.queries import LONGEST_ID, no_query, within_reach

T = TypeVar("T", bound=str)

MOST = 200
USUAL = 50
DEEPEST = 10_000
"""Rows that a page may lie behind: each of them costs, and nobody turns 10,000 rows by hand."""

_WHEN = "a time with a zone (2026-01-05T08:00:00Z) or a day in UTC (2026-01-05)"
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class HistoryQuery(NamedTuple):
    """What is asked; `filters`: what was given, and the tenant that the caller is bound to."""

    wanted: Query
    filters: Mapping[str, str]


def event_query(request: web.Request) -> HistoryQuery:
    """What GET /events asks for. Raises Problem: 422 naming every fault, 404 (another tenant)."""
    return _read(request, "event_type", EventType, None)


def action_query(request: web.Request) -> HistoryQuery:
    """What GET /actions asks for. Raises Problem: 422 naming every fault, 404 (another tenant)."""
    return _read(request, "action_type", ActionType, Service)


def parameters(row: str, type_name: str, types: Iterable[str]) -> tuple[Parameter, ...]:
    """What both take, told of `row`s."""
    page = Annotated[int, Field(ge=1, le=MOST)]
    depth = Annotated[int, Field(ge=0, le=DEEPEST)]
    return (
        Parameter("tenant_id", "Of this tenant.", Identifier),
        Parameter("learner_id", "About this learner.", Identifier),
        Parameter("id", f"The {row} of this id.", Identifier),
        Parameter(type_name, "Of this type.", Literal[tuple(str(each) for each in types)]),
        Parameter("status", "How far it is.", Literal[tuple(str(each) for each in Stage)]),
        Parameter(
            "start_date", "Of this time or later; a day: from its beginning.", AwareDatetime | Day
        ),
        Parameter("end_date", "Before this time; a day: up to its end.", AwareDatetime | Day),
        Parameter("limit", f"At most so many; {USUAL} without it.", page),
        Parameter("offset", "So many newer ones are left out; beyond: name a range.", depth),
    )


OF_ACTIONS = Parameter("target_service", "For this service.", Literal[tuple(map(str, Service))])


def _read(
    request: web.Request, type_name: str, types: type[T], services: type[Service] | None
) -> HistoryQuery:
    filters = ["tenant_id", "learner_id", "id", type_name, "status", "start_date", "end_date"]
    if services is not None:
        filters.append("target_service")
    no_query(request, (*filters, "limit", "offset"))
    form = _Form(request)
    tenant_id = form.identifier("tenant_id")
    wanted = Query(
        tenant_id=tenant_id,
        learner_id=form.identifier("learner_id"),
        id=form.identifier("id"),
        type=form.one_of(type_name, types),
        service=None if services is None else form.one_of("target_service", services),
        status=form.one_of("status", Stage),
        start=form.moment("start_date"),
        end=form.moment("end_date", of_a_day=timedelta(days=1)),
        limit=form.number("limit", USUAL, 1, MOST, ""),
        offset=form.number("offset", 0, 0, DEEPEST, "; beyond it, name a range of dates"),
    )
    if form.faults:
        raise Problem(422, "The query has parameters that are not as they should be.", form.faults)
    tenant = narrowed(request, tenant_id)
    applied = {name: request.query[name] for name in filters if name in request.query}
    if tenant is not None:
        applied["tenant_id"] = tenant
    return HistoryQuery(replace(wanted, tenant_id=tenant), applied)


class _Form:
    """Reads parameters that may be absent, and notes what is wrong with each."""

    def __init__(self, request: web.Request) -> None:
        self._query = request.query
        self.faults: list[FieldFault] = []

    def identifier(self, name: str) -> str | None:
        given = self._once(name)
        if given is not None and not 1 <= len(given) <= LONGEST_ID:
            self._fault(name, f"must have 1 to {LONGEST_ID} characters")
        return given

    def one_of(self, name: str, choices: type[T]) -> T | None:
        given = self._once(name)
        if given is None:
            return None
        known = {str(each): each for each in choices}  # type: ignore[attr-defined]
        if given not in known:
            self._fault(name, f"must be one of: {', '.join(known)}")
        return known.get(given)

    def number(self, name: str, usual: int, least: int, most: int, hint: str) -> int:
        given = self._once(name)
        if given is None:
            return usual
        if re.fullmatch(r"[0-9]{1,9}", given) and least <= int(given) <= most:
            return int(given)
        self._fault(name, f"must be a whole number from {least} to {most:,}{hint}")
        return usual

    def moment(self, name: str, of_a_day: timedelta = timedelta()) -> datetime | None:
        """A moment; of a day its beginning, and so much later."""
        given = self._once(name)
        found = None if given is None else _moment(given, of_a_day)
        if given is not None and found is None:
            self._fault(name, f"must be {_WHEN}")
        return found

    def _once(self, name: str) -> str | None:
        given = self._query.getall(name, [])
        if len(given) > 1:
            self._fault(name, "is given twice")
        return given[0] if given else None

    def _fault(self, name: str, what: str) -> None:
        self.faults.append(FieldFault(f"query.{name}", what))


def _moment(given: str, of_a_day: timedelta) -> datetime | None:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            day = datetime.fromisoformat(given).replace(tzinfo=UTC)
            found = within_reach(day) + of_a_day
        else:  # the + of a zone is a blank where nobody has encoded it
            found = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        return None
    return None if found.tzinfo is None else within_reach(found)
