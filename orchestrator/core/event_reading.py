"""The slow way of reading an event: what the typed decoder refused is mended, or explained.

Mended: a type in lower case, a time written as a number, null where a field may be absent, a
severity or a kind of alert that nobody knows. Explained: everything else, by the field's name.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from orchestrator.core.refusals import Refusal
from orchestrator.core.times import time_of_number
from orchestrator.errors import InvalidEvent

MAX_DEPTH = 32
"""Levels of nesting that free-form data may have; more is no profile of a child."""

LONGEST_WORD = 64
"""Characters of a producer's own word that are worth showing."""

_SEVERITIES = frozenset({"low", "medium", "high"})

E = TypeVar("E", bound=Struct)


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`. NaN and Infinity are let through, so that their field can be named.

    Raises InvalidEvent: not utf-8, malformed json (also when nested too deeply), not an object.
    """
    try:
        found = json.loads(raw.decode(), parse_int=_integer)
    except UnicodeDecodeError as error:
        raise InvalidEvent(Refusal.NOT_UTF8, f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise InvalidEvent(Refusal.MALFORMED_JSON, "the JSON is nested too deeply") from error
    except ValueError as error:
        raise InvalidEvent(Refusal.MALFORMED_JSON, str(error)) from error
    if not isinstance(found, dict):
        raise InvalidEvent(
            Refusal.NOT_AN_OBJECT, f"expected a JSON object, got {type(found).__name__}"
        )
    return found


def _integer(digits: str) -> float:
    """An int, unless it has more digits than any number of ours; then a float, maybe infinite."""
    return int(digits) if len(digits) <= 300 else float(digits)


def read_slowly(obj: Mapping[str, Any], shapes: Mapping[str, type[E]]) -> E:
    """The event that `obj` means, of one of `shapes` by its type. Raises InvalidEvent."""
    name, shape = _shape_of(obj, shapes)
    if obj.get("tenant_id") is None:
        raise InvalidEvent(Refusal.MISSING_TENANT, "tenant_id is missing")
    tidy = _tidy(obj, shape, "") | {"type": name}
    if "timestamp" in tidy:
        tidy["timestamp"] = _time(tidy["timestamp"])
    if name == "SEL_ALERT" and isinstance(tidy.get("data"), dict):
        tidy["data"] = _tidy_alert(tidy["data"])
    try:
        return msgspec.convert(tidy, shape)
    except (ValueError, RecursionError) as error:
        raise InvalidEvent(Refusal.INVALID_FIELD, _by_field(str(error))) from error


def is_ratio(value: object) -> bool:
    """Whether a JSON value is a number from 0 to 1; a bool is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def fault_in(value: object, depth: int = 0) -> str | None:
    """What keeps a free-form value from being JSON of bearable depth, if anything does."""
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            return "a name is not a string"
        value = list(value.values())
    if isinstance(value, list):
        return next((fault for part in value if (fault := fault_in(part, depth + 1))), None)
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no JSON number"
    return None if value is None or isinstance(value, str | int | float) else "is no JSON value"


def _shape_of(obj: Mapping[str, Any], shapes: Mapping[str, type[E]]) -> tuple[str, type[E]]:
    given = obj.get("type")
    if given is None:
        raise InvalidEvent(Refusal.MISSING_FIELD, "type is missing")
    name = given.upper() if isinstance(given, str) and given.isascii() else ""
    if name not in shapes:
        raise InvalidEvent(Refusal.UNKNOWN_TYPE, f"type: no event is called {_words(given)}")
    return name, shapes[name]


def inner_shape(field: FieldInfo) -> type[Struct] | None:
    """The shape of the object that a field holds, if it holds one of ours."""
    kind = field.type
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def _tidy(obj: Mapping[str, Any], shape: type[Struct], path: str) -> dict[str, Any]:
    """A copy without nulls under known names. Raises InvalidEvent if a required one is missing."""
    copy = dict(obj)
    for field in fields(shape):
        value = copy.get(field.name)
        if value is None:
            copy.pop(field.name, None)
            if field.required:
                raise InvalidEvent(Refusal.MISSING_FIELD, f"{path}{field.name} is missing")
        elif (inner := inner_shape(field)) and isinstance(value, dict):
            copy[field.name] = _tidy(value, inner, f"{path}{field.name}.")
    one_of: tuple[str, ...] = getattr(shape, "one_of", ())
    if one_of and not any(name in copy for name in one_of):
        names = ", ".join(path + name for name in one_of)
        raise InvalidEvent(Refusal.MISSING_FIELD, f"one of {names} is missing")
    return copy


def _time(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        return time_of_number(value)
    except ValueError as error:
        raise InvalidEvent(Refusal.INVALID_FIELD, f"timestamp: the number {error}") from error


def _tidy_alert(data: dict[str, Any]) -> dict[str, Any]:
    """An alert must not be lost over its labels: what nobody knows is `other`, and `high`."""
    mark = data.get("unknown_severity", "")  # ours; a producer's field of that name is ignored
    if not isinstance(mark, str) or len(mark) > LONGEST_WORD:
        data = {name: value for name, value in data.items() if name != "unknown_severity"}
    if not isinstance(data["alert_type"], str):
        data = data | {"alert_type": "other"}
    severity = data.get("severity", "")
    known = isinstance(severity, str) and severity.lower() in _SEVERITIES | {""}
    return data if known else data | {"severity": "high", "unknown_severity": _words(severity)}


def _words(value: object) -> str:
    """A value of a producer's, short enough to be shown and fit to be written."""
    short = isinstance(value, str | bool | float) or (isinstance(value, int) and abs(value) < 1e15)
    return as_unicode(str(value)[:LONGEST_WORD]) if short else type(value).__name__


def as_unicode(text: str) -> str:
    """The text with unpaired surrogates spelled out, so that it can be written anywhere."""
    return text.encode(errors="backslashreplace").decode()


def _by_field(message: str) -> str:
    """msgspec says "what - at `$.path`"; a dead letter says "path: what"."""
    what, _, path = as_unicode(message).partition(" - at `$.")
    return f"{path.rstrip('`')}: {what}" if path else what
