"""One section of the policy's file against the struct that declares it: every fault, not the first.

A time's key carries its unit (`pause_minutes`); the struct's field does not (`pause`) and holds
microseconds.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

from orchestrator.core.numbers import Numbers
from orchestrator.core.times import DAY

LONGEST = 3_660 * DAY
"""No time in a policy is longer: what is added to an event's time must stay a date."""

S = TypeVar("S", bound=Struct)


def read_section(
    shape: type[S], table: object, path: str, faults: list[str], *, earlier: bool = False
) -> S | None:
    """The section at `path` ("" for the whole file) as `shape`, or None if that cannot be made.

    `faults` grows by a sentence, naming its field, for each fault. `earlier`: what has a default
    in `shape` may be missing; it came later than the text.
    """
    if not isinstance(table, Mapping):
        faults.append(f"{path}: expected a table, got {type(table).__name__}")
        return None
    keys = {_key(field): field for field in fields(shape)}
    faults += [f"{_join(path, key)}: is not known" for key in table if key not in keys]
    asked = {key for key, field in keys.items() if field.required or not earlier}
    missing = [key for key in keys if key in asked and key not in table]
    faults += [f"{_join(path, key)}: is missing" for key in missing]
    values = {
        field.name: _read(field, table[key], _join(path, key), faults, earlier=earlier)
        for key, field in keys.items()
        if key in table
    }
    if missing or None in values.values():
        return None
    section = shape(**values)
    if isinstance(section, Numbers):
        faults += [_join(path, fault) for fault in section.impossible()]
    return section


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _read(field: FieldInfo, value: object, path: str, faults: list[str], *, earlier: bool) -> Any:
    if isinstance(field.type, type) and issubclass(field.type, Numbers):
        return read_section(field.type, value, path, faults, earlier=earlier)
    try:
        return _time(field, value) if _unit(field) else msgspec.convert(value, field.type)
    except ValueError as error:
        faults.append(f"{path}: {error}")
        return None


def _unit(field: FieldInfo) -> dict[str, Any]:
    """The unit of a time, and nothing for any other field."""
    found = (meta.extra for meta in get_args(field.type)[1:] if isinstance(meta, Meta))
    return next((extra for extra in found if extra), {})


def _key(field: FieldInfo) -> str:
    unit = _unit(field)
    return f"{field.name}_{unit['unit']}" if unit else field.name


def _time(field: FieldInfo, value: object) -> int:
    number = msgspec.convert(value, float)
    micros = number * int(_unit(field)["micros"])
    if not 0 <= micros <= LONGEST:
        raise ValueError("a time must be at least 0 and at most ten years")
    return round(micros)
