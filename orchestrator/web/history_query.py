"""The query of GET /events and GET /actions: which rows, and which page of them."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple, TypeVar

from aiohttp import web
from msgspec.structs import replace
from pydantic import AwareDatetime, Field

from orchestrator.core.actions import ActionType, Service
from orchestrator.core.events import EventType
from orchestrator.history.rows import Query, Stage
from orchestrator.web.caller import narrowed
from orchestrator.web.operation import Identifier, Parameter
from orchestrator.web.queries import Form, no_query, within_reach

T = TypeVar("T", bound=StrEnum)

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
    form = Form(request)
    tenant_id = form.identifier("tenant_id")
    wanted = Query(
        tenant_id=tenant_id,
        learner_id=form.identifier("learner_id"),
        id=form.identifier("id"),
        type=form.one_of(type_name, types),
        service=None if services is None else form.one_of("target_service", services),
        status=form.one_of("status", Stage),
        start=form.moment("start_date", _moment, _WHEN),
        end=form.moment("end_date", lambda given: _moment(given, timedelta(days=1)), _WHEN),
        limit=form.number("limit", USUAL, 1, MOST),
        offset=form.number("offset", 0, 0, DEEPEST, "; beyond it, name a range of dates"),
    )
    form.check()
    tenant = narrowed(request, tenant_id)
    applied = {name: request.query[name] for name in filters if name in request.query}
    if tenant is not None:
        applied["tenant_id"] = tenant
    return HistoryQuery(replace(wanted, tenant_id=tenant), applied)


def _moment(given: str, of_a_day: timedelta = timedelta()) -> datetime | None:
    """A moment; of a day its beginning, and so much later."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            day = datetime.fromisoformat(given).replace(tzinfo=UTC)
            return within_reach(day) + of_a_day
        # the + of a zone is a blank where nobody has encoded it
        found = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        return None
    return None if found.tzinfo is None else found
