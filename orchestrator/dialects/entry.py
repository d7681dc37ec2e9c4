"""The fields of one Redis Streams entry -> the JSON object that they carry."""

import re
from collections.abc import Mapping

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.json_object import JsonObject, object_from
from orchestrator.errors import InvalidEvent

Fields = Mapping[bytes, bytes]

BODY_FIELDS = (b"data", b"payload", b"event")
"""The fields that may hold the event's JSON, in the order in which they are looked for."""

TYPE_FIELDS = (b"type", b"event_type")
TIME_FIELDS = frozenset({b"timestamp"})
_DIGITS = re.compile(rb"\d{1,15}(\.\d{1,9})?")


def entry_size(fields: Fields) -> int:
    """What an entry weighs: the bytes of its names and values."""
    return sum(map(len, fields)) + sum(map(len, fields.values()))


def body_field(fields: Fields) -> bytes | None:
    """The name of the field that holds the JSON, or None if there is none."""
    for name in BODY_FIELDS:
        if name in fields:
            return name
    return None


def is_envelope(fields: Fields) -> bool:
    """Whether the entry itself names a type, so that it may be the envelope of its JSON."""
    return any(name in fields for name in TYPE_FIELDS)


def object_of_entry(fields: Fields) -> JsonObject:
    """The event's JSON object as the entry carries it, not yet adapted.

    A JSON without a type in an entry with one is the `data` of the envelope that the entry is.
    Raises InvalidEvent.
    """
    body = body_field(fields)
    if body is None:
        names = ", ".join(repr(name[:40])[1:] for name in list(fields)[:20])
        raise InvalidEvent(
            Refusal.UNKNOWN_DIALECT,
            f"the entry has none of the fields data, payload, event; it has: {names}",
        )
    found = object_from(fields[body])
    if found.get("type") is None and is_envelope(fields):
        return _envelope(fields, body, found)
    return found


def _envelope(fields: Fields, body: bytes, data: JsonObject) -> JsonObject:
    envelope: JsonObject = {
        _text(name): _time(value) if name in TIME_FIELDS else _text(value)
        for name, value in fields.items()
        if name != body and name not in TYPE_FIELDS
    }
    kind = next(fields[name] for name in TYPE_FIELDS if name in fields)
    return {**envelope, "type": _text(kind), "data": data}


def _time(value: bytes) -> str | float:
    """A time of digits is a number; any other stays the string that it is."""
    text = _text(value)
    if not _DIGITS.fullmatch(value):
        return text
    return float(text) if "." in text else int(text)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidEvent(
            Refusal.NOT_UTF8, f"the entry's field {value[:40]!r} is not UTF-8"
        ) from None
