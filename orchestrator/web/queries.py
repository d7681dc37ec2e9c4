"""Reading a request's query and path."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from aiohttp import web

from orchestrator.core.times import END, EPOCH
from orchestrator.web.problems import FieldFault, Problem

T = TypeVar("T", bound=str)

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


class Form:
    """Reads parameters that may be absent, and notes what is wrong with each."""

    def __init__(self, request: web.Request) -> None:
        self._query = request.query
        self.faults: list[FieldFault] = []

    def identifier(self, name: str) -> str | None:
        """An id of a tenant, a learner, an event."""
        given = self.text(name)
        if given is not None and not 1 <= len(given) <= LONGEST_ID:
            self.fault(name, f"must have 1 to {LONGEST_ID} characters")
        return given

    def one_of(self, name: str, choices: Iterable[T]) -> T | None:
        """The one of the choices that is written so."""
        given = self.text(name)
        if given is None:
            return None
        known = {str(each): each for each in choices}
        if given not in known:
            self.fault(name, f"must be one of: {', '.join(known)}")
        return known.get(given)

    def number(self, name: str, usual: int, least: int, most: int, hint: str = "") -> int:
        """A whole number; `usual` if there is none. `hint` ends the sentence about a wrong one."""
        given = self.text(name)
        if given is None:
            return usual
        if re.fullmatch(r"[0-9]{1,9}", given) and least <= int(given) <= most:
            return int(given)
        self.fault(name, f"must be a whole number from {least} to {most:,}{hint}")
        return usual

    def moment(
        self, name: str, read: Callable[[str], datetime | None], what: str
    ) -> datetime | None:
        """A moment by `read`, which gives None on what is none; `what` it must be."""
        given = self.text(name)
        found = None if given is None else read(given)
        if given is not None and found is None:
            self.fault(name, f"must be {what}")
        return None if found is None else within_reach(found)

    def text(self, name: str) -> str | None:
        """What was given, once."""
        given = self._query.getall(name, [])
        if len(given) > 1:
            self.fault(name, "is given twice")
        return given[0] if given else None

    def fault(self, name: str, what: str) -> None:
        """Note what is wrong with a parameter."""
        self.faults.append(FieldFault(f"query.{name}", what))

    def check(self) -> None:
        """Raise Problem 422 naming every fault, if there is one."""
        if self.faults:
            said = "The query has parameters that are not as they should be."
            raise Problem(422, said, self.faults)
