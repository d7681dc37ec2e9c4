"""The canonical events, read and written: the value of a record in `orchestrator.events`.

`decode_event` reads with one typed decoder; only what that refuses is read again, slowly, to accept
what may be written in several ways or to say what is wrong with it (event_reading.py).
"""

from collections.abc import Mapping
from datetime import UTC
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from orchestrator.core.event_reading import inner_shape, parse_object, read_slowly
from orchestrator.core.events import Event, InternalEvent, PublicEvent
from orchestrator.core.refusals import Refusal
from orchestrator.core.times import END, EPOCH, micros, moment
from orchestrator.errors import InvalidEvent

_PUBLIC: dict[str, type[Event]] = {str(kind.type): kind for kind in PublicEvent.__args__}
_ALL = _PUBLIC | {kind.type: kind for kind in InternalEvent.__args__}

_decoder = msgspec.json.Decoder(PublicEvent | InternalEvent)
_encoder = msgspec.json.Encoder()


def decode_event(raw: bytes) -> Event:
    """One canonical event, public or internal, from its JSON.

    Raises InvalidEvent, and nothing else, whatever the bytes are: its reason is a Refusal, its
    detail names the field.
    """
    try:
        if not raw.isascii():
            raw.decode()  # msgspec does not look into the strings that it skips
        event: Event = _decoder.decode(raw)
    except (ValueError, RecursionError):
        event = _writable(read_slowly(parse_object(raw), _ALL))
    return _in_time(event)


def event_from(obj: Mapping[str, Any]) -> Event:
    """One event of a producer's, from its parsed JSON object in the canonical form.

    `timestamp` and `received_at` may be aware datetimes. Internal types are refused as unknown.
    Raises InvalidEvent as decode_event does.
    """
    if not isinstance(obj, Mapping):
        raise InvalidEvent(Refusal.NOT_AN_OBJECT, f"expected an object, got {type(obj).__name__}")
    given = obj.get("type")
    shape = _PUBLIC.get(given) if isinstance(given, str) else None
    try:
        # One type, not the union: msgspec prepares a type once, but a union at every call.
        event = read_slowly(obj, _PUBLIC) if shape is None else msgspec.convert(obj, shape)
    except (ValueError, RecursionError):
        event = read_slowly(obj, _PUBLIC)
    return _in_time(_writable(event))


def encode_event(event: Event) -> bytes:
    """The canonical JSON, times in UTC. decode_event gives an equal event.

    Raises TypeError if a time of the event has no zone.
    """
    if event.timestamp.tzinfo is not UTC or event.received_at.tzinfo is not UTC:
        event = msgspec.structs.replace(
            event,
            timestamp=moment(micros(event.timestamp)),
            received_at=moment(micros(event.received_at)),
        )
    return _encoder.encode(event)


def unknown_fields(obj: Mapping[str, Any]) -> list[str]:
    """The paths ("data.mood") in a producer's object that its type does not have: ignored ones."""
    given = obj.get("type")
    shape = _PUBLIC.get(given.upper(), Event) if isinstance(given, str) else Event
    return _unknown(obj, shape, "")


def _unknown(obj: Mapping[str, Any], shape: type[Struct], path: str) -> list[str]:
    names, inner_shapes = _known_fields(shape)
    found = [path + name for name in sorted(obj.keys() - names)]
    for name, inner in inner_shapes:
        if isinstance(obj.get(name), dict):
            found += _unknown(obj[name], inner, f"{path}{name}.")
    return found


@cache
def _known_fields(shape: type[Struct]) -> tuple[frozenset[str], list[tuple[str, type[Struct]]]]:
    """The names in a shape; and those that hold an object of a shape of its own."""
    always = {"type", "data"} if issubclass(shape, Event) else set()
    inner = [(field.name, inner_shape(field)) for field in fields(shape)]
    return frozenset(always | {name for name, _ in inner}), [(n, s) for n, s in inner if s]


def _in_time(event: Event) -> Event:
    if EPOCH <= event.timestamp < END and EPOCH <= event.received_at < END:
        return event
    name = "received_at" if EPOCH <= event.timestamp < END else "timestamp"
    raise InvalidEvent(Refusal.INVALID_FIELD, f"{name}: is not between 1970 and 9000")


def _writable(event: Event) -> Event:
    """The event, unless a text in it is no Unicode, which JSON can escape but nobody can write."""
    try:
        _encoder.encode(event)
    except ValueError as error:
        raise InvalidEvent(Refusal.INVALID_FIELD, f"{_unwritable(event)}: {error}") from error
    return event


def _unwritable(part: Struct) -> str:
    """The path of the first field that cannot be written, of a part that cannot."""
    name, value = next(
        (field.name, value)
        for field in fields(type(part))
        if not _can_be_written(value := getattr(part, field.name))
    )
    return f"{name}.{_unwritable(value)}" if isinstance(value, Struct) else name


def _can_be_written(value: object) -> bool:
    try:
        _encoder.encode(value)
    except ValueError:
        return False
    return True
