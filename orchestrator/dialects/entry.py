"""The fields of one Redis Streams entry -> the JSON object that they carry."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.adapters import ENVELOPE_NAMES, TIME_NAMES, TYPE_NAMES
from orchestrator.dialects.json_object import JsonObject, object_from
from orchestrator.errors import InvalidEvent

Fields = Mapping[bytes, bytes]

BODY_FIELDS = (b"data", b"payload", b"event")
"""The fields that may hold the event's JSON, in the order in which they are looked for."""

TYPE_FIELDS = tuple(name.encode() for name in TYPE_NAMES)
_WORDS = frozenset({b"source_service", b"received_at"})
_TIMES = frozenset(name.encode() for name in TIME_NAMES)
_AROUND = frozenset(name.encode() for name in ENVELOPE_NAMES).difference(TYPE_FIELDS, BODY_FIELDS)

_is_word = re.compile(rb"(.*_)?(id|type)", re.DOTALL).fullmatch
_is_digits = re.compile(rb"\d{1,15}(\.\d{1,9})?").fullmatch


def entry_size(fields: Fields) -> int:
    """What an entry weighs: the bytes of its names and values."""
    return sum(map(len, fields)) + sum(map(len, fields.values()))


def body_field(fields: Fields) -> bytes | None:
    """The name of the field that holds the JSON, or None if there is none."""
    return next(filter(fields.__contains__, BODY_FIELDS), None)


def is_envelope(fields: Fields) -> bool:
    """Whether the entry itself names a type, so that it may be the envelope of its JSON."""
    return any(map(fields.__contains__, TYPE_FIELDS))


def object_of_entry(fields: Fields) -> JsonObject:
    """The event's JSON object as the entry carries it, not yet adapted.

    Without a field that holds JSON, the fields are a flat event. A JSON without a type in an entry
    with one is the `data` of the envelope that the entry is; or, if the type is all that the entry
    says, the event, whose type stands outside. Raises InvalidEvent.
    """
    body = body_field(fields)
    if body is None:
        return _object_of(fields.items())
    found = object_from(fields[body])
    if not is_envelope(fields) or any(found.get(name) is not None for name in TYPE_NAMES):
        return found
    if _AROUND.isdisjoint(fields):
        return found | _object_of((name, fields[name]) for name in TYPE_FIELDS if name in fields)
    around = _object_of((name, value) for name, value in fields.items() if name != body)
    return around | {"data": found}


def _object_of(fields: Iterable[tuple[bytes, bytes]]) -> JsonObject:
    return {_text(name, name): _value(name, value) for name, value in fields}


def _value(name: bytes, value: bytes) -> Any:
    """What a field says: ids, types and times stay strings, a time of digits is a number, and the
    rest is read as JSON where it is some.
    """
    text = _text(name, value)
    if name in _TIMES:
        return _time(text) if _is_digits(value) else text
    return text if name in _WORDS or _is_word(name) else _json_or_text(name, text)


def _time(digits: str) -> float:
    return float(digits) if "." in digits else int(digits)


def _json_or_text(name: bytes, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except ValueError:
        return text
    except RecursionError:
        raise InvalidEvent(
            Refusal.MALFORMED_JSON, f"the entry's field {name[:40]!r} is nested too deeply"
        ) from None


def _text(name: bytes, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise InvalidEvent(
            Refusal.NOT_UTF8, f"the entry's field {name[:40]!r} is not UTF-8"
        ) from None
