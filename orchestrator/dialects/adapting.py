"""One object through the table of adapters."""

from collections.abc import Iterator

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.adapters import ADAPTERS, ENVELOPE_NAMES
from orchestrator.dialects.json_object import JsonObject
from orchestrator.dialects.places import (
    Adapter,
    Path,
    Place,
    found_at,
    put,
    remove,
    same,
    upper_case,
)
from orchestrator.errors import InvalidEvent


def adapt(found: JsonObject) -> JsonObject:
    """The object in canonical names and units; fields that no row names stay as they are.

    `found` is left as it is. Raises InvalidEvent: UNKNOWN_DIALECT if no row finds a type, AMBIGUOUS
    if two places contradict one another, INVALID_FIELD for what is not in the dialect's unit, and
    the refusal of a row that is about no event.
    """
    canonical = dict(found)
    if _is_canonical(found):
        canonical["type"] = upper_case(found["type"])
        return canonical
    if isinstance(found.get("data"), dict):
        canonical["data"] = dict(found["data"])
    for adapter in ADAPTERS:
        if _recognises(adapter, canonical):
            _apply(adapter, canonical)
    if canonical.get("type") is None:
        raise _unknown(found)
    return canonical


def _named_elsewhere() -> Iterator[Path]:
    """Every place that a row looks at, besides the canonical ones."""
    canonical = {each.canonical for adapter in ADAPTERS for each in adapter.places}
    for adapter in ADAPTERS:
        yield from adapter.marks
        for each in adapter.places:
            yield from (path for path in each.here if path not in canonical)


_elsewhere_on_top = frozenset(path[0] for path in _named_elsewhere() if path[0] != "data")
_elsewhere_in_data = frozenset(path[1] for path in _named_elsewhere() if path[0] == "data")


def _is_canonical(found: JsonObject) -> bool:
    """Whether no row would find anything to do but the type's case: so most events are."""
    data = found.get("data")
    return (
        isinstance(data, dict)
        and found.get("type") is not None
        and _elsewhere_on_top.isdisjoint(found)
        and _elsewhere_in_data.isdisjoint(data)
    )


def _recognises(adapter: Adapter, canonical: JsonObject) -> bool:
    kind = canonical.get("type")
    name = kind if isinstance(kind, str) else ""
    return (
        (adapter.types is None or name in adapter.types)
        and name not in adapter.other_types
        and all(found_at(canonical, path) is not None for path in adapter.marks)
        and all(found_at(canonical, path) is None for path in adapter.without)
    )


def _apply(adapter: Adapter, canonical: JsonObject) -> None:
    if adapter.refusal is not None:
        raise InvalidEvent(adapter.refusal, adapter.why)
    if adapter.rest_into is not None:
        rest = [name for name in canonical if name not in ENVELOPE_NAMES]
        canonical[adapter.rest_into] = {name: canonical.pop(name) for name in rest}
    for each in adapter.places:
        _move(each, canonical)
    for path in adapter.ignores:
        remove(canonical, path)


def _move(each: Place, canonical: JsonObject) -> None:
    """Bring to its canonical place what stands at another; raise AMBIGUOUS if they disagree."""
    given = _values(each, canonical)
    if not given or (each.own_name_decides and found_at(canonical, each.canonical) is not None):
        return
    (first, value), *others = given.items()
    for path, other in others:
        if not same(value, other):
            raise _ambiguous(each.canonical, first, path)
    for path in each.here:
        if path != each.canonical:
            remove(canonical, path)
    put(canonical, each.canonical, value)


def _values(each: Place, canonical: JsonObject) -> dict[Path, object]:
    """What is said of it and where, in the canonical unit."""
    given = {}
    for path in dict.fromkeys((each.canonical, *each.here)):
        value = found_at(canonical, path)
        if value is not None:
            given[path] = _converted(each, path, value)
    return given


def _converted(each: Place, path: Path, value: object) -> object:
    if path not in each.here:
        return value
    try:
        return each.convert(value)
    except ValueError as error:
        raise InvalidEvent(Refusal.INVALID_FIELD, f"{_dotted(path)}: {error}") from error


def _ambiguous(canonical: Path, one: Path, other: Path) -> InvalidEvent:
    return InvalidEvent(
        Refusal.AMBIGUOUS,
        f"{_dotted(canonical)}: {_dotted(one)} and {_dotted(other)} say different things",
    )


def _unknown(found: JsonObject) -> InvalidEvent:
    names = ", ".join(sorted(name[:40] for name in list(found)[:20]))
    return InvalidEvent(
        Refusal.UNKNOWN_DIALECT,
        f"no adapter recognises it: there is no type; an object with the fields: {names}",
    )


def _dotted(path: Path) -> str:
    return ".".join(path)
