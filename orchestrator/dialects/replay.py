"""A dead letter -> the entry that it was, so that it can be tried again after a fix.

again = replay_of(record.value, record.headers)
event = read_entry(again.fields, again.source, again.refused_at, default_tenant)
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from orchestrator.dialects.entry import BODY_FIELDS, Fields
from orchestrator.dialects.fields_form import fields_from
from orchestrator.errors import InvalidEvent, OrchestratorError
from orchestrator.topics import EVENTS

EVENT_SOURCES = ("redis:", f"kafka:{EVENTS}:")
"""What the source of a refused event starts with; other dead letters hold actions."""


class NotReplayable(OrchestratorError):
    """The dead letter cannot be tried again; the sentence says why, and what to do instead."""


class Replay(NamedTuple):
    """An entry to read again. `source`: where it stood at first, which gives its id if it has none.

    `reason`: why it was refused; `refused_at`: its arrival then, in UTC.
    """

    fields: Fields
    source: str
    reason: str
    refused_at: datetime


def replay_of(value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Replay:
    """The entry in a record of `orchestrator.dead-letters`. Raises NotReplayable.

    An event that was refused in Kafka comes back as an entry that holds it.
    """
    said = {name: text.decode(errors="replace") for name, text in headers}
    whole = _whole(value or b"", said)
    source = _said(said, "source")
    if not source.startswith(EVENT_SOURCES):
        raise NotReplayable(
            f"{source} is no event but an action that found no receiver: see its outcome, and"
            " replay the event that called for it."
        )
    return Replay(_fields(whole, said), source, _said(said, "reason"), _refused_at(said))


def _whole(value: bytes, said: Mapping[str, str]) -> bytes:
    """The value, if it is all of what was refused."""
    source = _said(said, "source")
    if _said(said, "replayable") != "true":
        raise NotReplayable(
            f"{source} was cut to its first {len(value):,} of {said.get('length', '?')} bytes:"
            " only its producer can send it again, in smaller parts."
        )
    if sha256(value).hexdigest() != _said(said, "sha256"):
        raise NotReplayable(
            f"{source} is no longer what was refused (its SHA-256 differs): it was changed on the"
            " way here; read it from the topic itself."
        )
    return value


def _fields(whole: bytes, said: Mapping[str, str]) -> Fields:
    form = _said(said, "form")
    if form == "raw":
        return {BODY_FIELDS[0]: whole}
    if form != "fields":
        raise NotReplayable(
            f"{said['source']} has the form {form!r}: a newer version wrote it, and can replay it."
        )
    try:
        return fields_from(whole)
    except InvalidEvent as error:
        raise NotReplayable(
            f"{said['source']} does not hold an entry's fields: {error}."
        ) from error


def _refused_at(said: Mapping[str, str]) -> datetime:
    try:
        return datetime.fromisoformat(_said(said, "at")).astimezone(UTC)
    except ValueError as error:
        raise NotReplayable(f"{said['source']}: the header `at` is no time: {error}.") from error


def _said(said: Mapping[str, str], header: str) -> str:
    if header not in said:
        raise NotReplayable(
            f"the header `{header}` is missing: this is no dead letter of the orchestrator's."
        )
    return said[header]
