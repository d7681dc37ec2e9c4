"""One entry of a stream -> the record that it becomes: an event, or a dead letter."""

import json
from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from orchestrator.core.dead_letters import dead_letter
from orchestrator.core.events import encode_event, unknown_fields
from orchestrator.core.ids import learner_key
from orchestrator.dialects.entry import Fields, body_field, is_envelope
from orchestrator.dialects.reading import LIMITS, Limits, reading_of_entry
from orchestrator.errors import InvalidEvent
from orchestrator.stream.records import Record

LARGEST_FIELDS_FORM = 1_800_000
"""Bytes. The JSON of an entry's fields is longer than the entry (quotes are escaped); it is kept
whole up to what a Kafka record may hold (MAX_MESSAGE_BYTES) with room for the headers."""

BASE64 = "base64:"

_cached_key = lru_cache(maxsize=16_384)(learner_key)


class Entry(NamedTuple):
    """An entry as Redis gave it, of `size` bytes. `fields` None: deleted while it was pending."""

    id: bytes
    fields: Fields | None
    size: int


class Translated(NamedTuple):
    """What an entry becomes. `learner` None: a dead letter, for `refusal`."""

    entry_id: bytes
    record: Record
    learner: bytes | None
    refusal: str | None
    unknown_fields: int


class Translator:
    """Reads the entries of one stream by the dialects. Pure: the arrival time is given."""

    def __init__(
        self, stream: str, *, default_tenant: str | None = None, limits: Limits = LIMITS
    ) -> None:
        self._stream = stream
        self._default_tenant = default_tenant
        self._limits = limits

    def translate(self, entry_id: bytes, fields: Fields, at: datetime) -> Translated:
        """The event's record, or the dead letter's; raises nothing on any input."""
        source = f"redis:{self._stream}:{entry_id.decode()}"
        try:
            event, found = reading_of_entry(fields, source, at, self._default_tenant, self._limits)
        except InvalidEvent as invalid:
            letter = entry_dead_letter(fields, invalid, source, at)
            return Translated(entry_id, letter, None, invalid.reason, 0)
        learner = _cached_key(event.tenant_id, event.learner_id)
        record = Record(learner, encode_event(event))
        return Translated(entry_id, record, learner, None, len(unknown_fields(found)))


def entry_dead_letter(fields: Fields, invalid: InvalidEvent, source: str, at: datetime) -> Record:
    """The dead letter of an entry in a form from which the entry can be made again.

    That is the bytes of its JSON field as they stood, or, where other fields have a meaning too,
    a JSON object of all fields (see fields_form).
    """
    body = body_field(fields)
    if body is not None and not is_envelope(fields):
        letter = dead_letter(fields[body], invalid.reason, invalid.detail, source, at)
    else:
        letter = dead_letter(
            fields_form(fields),
            invalid.reason,
            invalid.detail,
            source,
            at,
            form="fields",
            whole_up_to=LARGEST_FIELDS_FORM,
        )
    return Record(*letter)


def fields_form(fields: Fields) -> bytes:
    """A JSON object of the entry's fields, all strings. Nothing is lost: a name or value that is
    not UTF-8, or that starts with `base64:` itself, stands as `base64:<its bytes>`.
    """
    texts = {_text(name): _text(value) for name, value in fields.items()}
    return json.dumps(texts, ensure_ascii=False).encode()


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = BASE64
    return BASE64 + b64encode(raw).decode() if text.startswith(BASE64) else text
