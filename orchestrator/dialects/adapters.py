"""The dialects, one row each: how it is recognised, and where its fields stand.

A new dialect is a row of ADAPTERS and a golden file (tests/unit/dialects/golden). The first row
that recognises an object reads it.
"""

from collections.abc import Callable
from typing import NamedTuple

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.json_object import JsonObject
from orchestrator.errors import InvalidEvent

Convert = Callable[[object], object]


class Place(NamedTuple):
    """Where a dialect keeps what the canonical event calls `canonical`, and in what unit."""

    canonical: str
    here: str
    convert: Convert


class Adapter(NamedTuple):
    """One dialect. `recognised_by`: the top-level fields that must be there, and not null."""

    name: str
    recognised_by: tuple[str, ...]
    places: tuple[Place, ...]


def upper_case(found: object) -> object:
    """A name in any case -> upper case. Only ASCII: no other letter may turn into one of ours."""
    return found.upper() if isinstance(found, str) and found.isascii() else found


ADAPTERS: tuple[Adapter, ...] = (
    Adapter(
        name="envelope",
        recognised_by=("type",),
        places=(Place("type", "type", upper_case),),
    ),
)


def adapt(found: JsonObject) -> JsonObject:
    """The object in canonical names and units; fields that no place names stay as they are.

    Raises InvalidEvent (UNKNOWN_DIALECT) if no adapter recognises it.
    """
    adapter = _adapter_of(found)
    canonical = dict(found)
    for place in adapter.places:
        if place.here in canonical:
            canonical[place.canonical] = place.convert(canonical.pop(place.here))
    return canonical


def _adapter_of(found: JsonObject) -> Adapter:
    for adapter in ADAPTERS:
        if all(found.get(name) is not None for name in adapter.recognised_by):
            return adapter
    names = ", ".join(sorted(name[:40] for name in list(found)[:20]))
    raise InvalidEvent(
        Refusal.UNKNOWN_DIALECT, f"no adapter recognises an object with the fields: {names}"
    )
