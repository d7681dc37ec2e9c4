"""What every event goes through on arrival, whoever sent it and by whichever door."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from orchestrator.core.event_codec import event_from
from orchestrator.core.events import Event
from orchestrator.core.refusals import Refusal
from orchestrator.dialects.adapting import adapt
from orchestrator.dialects.entry import Fields, entry_size, object_of_entry
from orchestrator.dialects.json_object import JsonObject
from orchestrator.errors import InvalidEvent

LONGEST_ID = 128


class Limits(NamedTuple):
    """What an arrival may be: its weight in bytes, and how far its time may lie ahead."""

    entry_bytes: int = 1_000_000
    ahead: timedelta = timedelta(minutes=5)


LIMITS = Limits()


class Reading(NamedTuple):
    """An event, and the canonical object it was read from (for counting its unknown fields)."""

    event: Event
    found: JsonObject


def read_entry(
    fields: Fields,
    source: str,
    received_at: datetime,
    default_tenant: str | None = None,
    limits: Limits = LIMITS,
) -> Event:
    """Read one Redis Streams entry. `source`: `redis:<stream>:<entry id>`. Raises InvalidEvent."""
    return reading_of_entry(fields, source, received_at, default_tenant, limits).event


def read_object(
    found: JsonObject,
    source: str,
    received_at: datetime,
    default_tenant: str | None = None,
    limits: Limits = LIMITS,
) -> Event:
    """Read one decoded JSON object, which is left as it is.

    `source` says where it came from, and is its id if it has none. Raises InvalidEvent.
    """
    return _reading(found, source, received_at, default_tenant, limits).event


def reading_of_entry(
    fields: Fields,
    source: str,
    received_at: datetime,
    default_tenant: str | None = None,
    limits: Limits = LIMITS,
) -> Reading:
    """As read_entry, with the canonical object beside the event."""
    size = entry_size(fields)
    if size > limits.entry_bytes:
        detail = f"the entry has {size:,} bytes; at most {limits.entry_bytes:,} are read"
        raise InvalidEvent(Refusal.TOO_LARGE, detail)
    return _reading(object_of_entry(fields), source, received_at, default_tenant, limits)


def derived_id(source: str) -> str:
    """The id of an event that has none: where it was read, so that a redelivery has the same."""
    if len(source) <= LONGEST_ID:
        return source
    return f"sha256:{sha256(source.encode()).hexdigest()}"


def _reading(
    found: JsonObject,
    source: str,
    received_at: datetime,
    default_tenant: str | None,
    limits: Limits,
) -> Reading:
    canonical = adapt(found)
    if canonical.get("id") is None:
        canonical["id"] = derived_id(source)
    if canonical.get("tenant_id") is None:
        canonical["tenant_id"] = default_tenant
    canonical["received_at"] = received_at
    event = event_from(canonical)
    _check_time(event.timestamp, received_at, limits.ahead)
    return Reading(event, canonical)


def _check_time(timestamp: datetime, received_at: datetime, ahead: timedelta) -> None:
    if timestamp - received_at > ahead:
        detail = (
            f"timestamp {timestamp.isoformat()} is more than {ahead.total_seconds() / 60:g} min"
            f" after its arrival at {received_at.isoformat()}"
        )
        raise InvalidEvent(Refusal.FUTURE, detail)
