"""Reading a request's query and path."""

from collections.abc import Collection, Sequence
from datetime import datetime

from aiohttp import web

from orchestrator.core.times import END, EPOCH
from orchestrator.web.problems import FieldFault, Problem

LONGEST_ID = 128
"""Characters, as of an id in an event."""


def no_query(request: web.Request, known: Collection[str] = ()) -> None:
    """Raise Problem 422 naming every query parameter that is not `known`."""
    unknown = [name for name in dict.fromkeys(request.query) if name not in known]
    if unknown:
        faults = [FieldFault(f"query.{name[:64]}", "unknown query parameter") for name in unknown]
        raise Problem(422, "The query has parameters that are not known here.", faults)


def identifier(field: str, given: Sequence[str], faults: list[FieldFault]) -> str:
    """The one id that was given; what is wrong with it is added to `faults`."""
    if len(given) != 1:
        faults.append(FieldFault(field, "is given twice" if given else "is missing"))
        return ""
    if not 1 <= len(given[0]) <= LONGEST_ID:
        faults.append(FieldFault(field, f"must have 1 to {LONGEST_ID} characters"))
    return given[0]


def within_reach(at: datetime) -> datetime:
    """The moment, or the nearest that an event can have: further away there is nothing to find."""
    return min(max(at, EPOCH), END)


def flag(request: web.Request, name: str) -> bool:
    """Whether a query parameter is "true"; absent is false. Raises Problem 422 on anything else."""
    given = request.query.getall(name, ["false"])
    if given not in (["true"], ["false"]):
        fault = FieldFault(f"query.{name}", "must be true or false, once")
        raise Problem(422, "The query has a parameter that is not as it should be.", [fault])
    return given == ["true"]
