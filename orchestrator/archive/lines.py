"""A record as a line of JSON, and back.

An event as the bridge writes it is its own line. Whatever else stands in the topic (a switch of the
policy, a value that is no event) is a line `{"record": {...}}` with its key, value, time and
partition. A line from elsewhere may be an event of any dialect, or the fields of a Redis entry.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from orchestrator.core.event_codec import decode_event, encode_event
from orchestrator.core.events import Event
from orchestrator.core.ids import learner_key
from orchestrator.core.refusals import Refusal
from orchestrator.core.times import micros
from orchestrator.dialects.entry import BODY_FIELDS, object_of_entry
from orchestrator.dialects.fields_form import fields_form, fields_from
from orchestrator.dialects.json_object import JsonObject, object_from
from orchestrator.dialects.reading import LIMITS, read_object
from orchestrator.errors import InvalidEvent

LONGEST = 4_000_000
"""Bytes of a line: what Kafka takes as a value, when all of it has to be escaped."""

_RECORD = "record"
_BODIES = tuple(name.decode() for name in BODY_FIELDS)


class Line(NamedTuple):
    """What a line says. `partition` None: where the key belongs; `at`: milliseconds since 1970."""

    key: bytes | None
    value: bytes | None
    at: int
    partition: int | None = None


def line_of(partition: int, key: bytes | None, value: bytes | None, at: int) -> bytes:
    """The record as a line, without its end."""
    if value is not None and _is_plain(key, value):
        return value
    numbers = {b"partition": str(partition).encode(), b"at": str(at).encode()}
    given = {b"key": key, b"value": value}
    there = {name: raw for name, raw in given.items() if raw is not None}
    return b'{"record":%b}' % fields_form(numbers | there)


def _is_plain(key: bytes | None, value: bytes) -> bool:
    """Whether the same record can be made of the value alone."""
    if b"\n" in value or b"\r" in value or value != value.strip():
        return False
    try:
        event = decode_event(value)
    except InvalidEvent:
        return False
    return learner_key(event.tenant_id, event.learner_id) == key


class LineReader:
    """Reads lines. `now` is asked for the limit of times that lie ahead, and stands nowhere."""

    def __init__(
        self, source: str, now: Callable[[], datetime], default_tenant: str | None = None
    ) -> None:
        """`source` and a line's number are the id of an event that has none."""
        self._source = source
        self._now = now
        self._default_tenant = default_tenant

    def read(self, number: int, line: bytes) -> Line:
        """The record of a line. Raises InvalidEvent."""
        _check_length(line, LONGEST)
        event = _canonical(line)
        if event is None:
            found = object_from(line)
            if found.keys() == {_RECORD}:
                return _record(found)
            _check_length(line, LIMITS.entry_bytes)
            event = self._any(number, found)
            line = encode_event(event)
        key = learner_key(event.tenant_id, event.learner_id)
        return Line(key, line, micros(event.received_at) // 1_000)

    def _any(self, number: int, found: JsonObject) -> Event:
        """An event of any dialect; when it arrived is not known, and taken to be its time."""
        source = f"{self._source}:{number}"
        if any(isinstance(found.get(name), str) for name in _BODIES):
            found = object_of_entry(_fields(found))
        event = read_object(found, source, self._now(), self._default_tenant)
        return replace(event, received_at=event.timestamp)


def _check_length(line: bytes, longest: int) -> None:
    if len(line) > longest:
        raise InvalidEvent(Refusal.TOO_LARGE, f"the line has over {longest:,} bytes")


def _canonical(line: bytes) -> Event | None:
    try:
        return decode_event(line)
    except InvalidEvent:
        return None


def _fields(found: JsonObject) -> dict[bytes, bytes]:
    return {
        name.encode(): value.encode() if isinstance(value, str) else msgspec.json.encode(value)
        for name, value in found.items()
    }


def _record(found: JsonObject) -> Line:
    fields = fields_from(msgspec.json.encode(found[_RECORD]))
    try:
        at, partition = int(fields[b"at"]), int(fields[b"partition"])
    except (KeyError, ValueError) as error:
        detail = f"record: needs `at` and `partition`, as whole numbers in quotes ({error})"
        raise InvalidEvent(Refusal.INVALID_FIELD, detail) from error
    return Line(fields.get(b"key"), fields.get(b"value"), at, partition)
