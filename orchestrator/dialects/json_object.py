"""Bytes -> one JSON object, or the reason why not."""

from typing import Any, TypeAlias

import msgspec

from orchestrator.core.event_reading import parse_object

JsonObject: TypeAlias = dict[str, Any]

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def object_from(raw: bytes) -> JsonObject:
    """Read one JSON object.

    What the fast decoder refuses is read again the slow way: it lets NaN and infinities through,
    so that the field that holds them can be named, and says what is wrong with the rest.
    Raises InvalidEvent: NOT_UTF8, MALFORMED_JSON (nested too deeply included), NOT_AN_OBJECT.
    """
    try:
        return _decode(raw)
    except (ValueError, RecursionError):
        return parse_object(raw)
