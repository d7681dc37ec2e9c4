"""One entry of a stream -> the record that it becomes: an event, or a dead letter."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from orchestrator.core.dead_letters import dead_letter
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.ids import learner_key
from orchestrator.core.refusals import Refusal
from orchestrator.dialects.entry import Fields, body_field, entry_size, is_envelope
from orchestrator.dialects.fields_form import fields_form
from orchestrator.dialects.reading import LIMITS, Limits, reading_of_entry
from orchestrator.dialects.unknown_fields import UnknownFields
from orchestrator.errors import InvalidEvent
from orchestrator.stream.records import Record

LARGEST_VALUE = 1_800_000
"""Bytes: what a Kafka record may hold (MAX_MESSAGE_BYTES), less room for key and headers.

An entry within its own limit can grow beyond that: quotes are escaped in the JSON of its fields,
and a number such as 1e15 is written out in an event. Kafka would refuse such a record for ever.
"""

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
        self._unknown_fields = UnknownFields()

    def translate(self, entry_id: bytes, fields: Fields, at: datetime) -> Translated:
        """The event's record, or the dead letter's; raises nothing on any input."""
        source = f"redis:{self._stream}:{entry_id.decode()}"
        try:
            event, found = reading_of_entry(fields, source, at, self._default_tenant, self._limits)
            value = _value(event)
        except InvalidEvent as invalid:
            letter = entry_dead_letter(fields, invalid, source, at, self._limits.entry_bytes)
            return Translated(entry_id, letter, None, invalid.reason, 0)
        learner = _cached_key(event.tenant_id, event.learner_id)
        return Translated(
            entry_id, Record(learner, value), learner, None, self._unknown_fields.count(found)
        )


def entry_dead_letter(
    fields: Fields, invalid: InvalidEvent, source: str, at: datetime, entry_bytes: int
) -> Record:
    """The dead letter of an entry in a form from which the entry can be made again.

    That is the bytes of its JSON field as they stood, or, where other fields have a meaning too,
    a JSON object of all fields (see fields_form). An entry over `entry_bytes` is cut.
    """
    body = body_field(fields)
    as_it_stood = body is not None and not is_envelope(fields)
    letter = dead_letter(
        fields[body] if body is not None and as_it_stood else fields_form(fields),
        invalid.reason,
        invalid.detail,
        source,
        at,
        form="raw" if as_it_stood else "fields",
        whole_up_to=LARGEST_VALUE if entry_size(fields) <= entry_bytes else 0,
    )
    return Record(*letter)


def _value(event: Event) -> bytes:
    value = encode_event(event)
    if len(value) > LARGEST_VALUE:
        detail = f"the event would have {len(value):,} bytes; at most {LARGEST_VALUE:,} fit"
        raise InvalidEvent(Refusal.TOO_LARGE, detail)
    return value
