"""The time that stands in an event, without reading the rest of it."""

from datetime import datetime

import msgspec
from msgspec import Struct

from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import Time
from orchestrator.core.times import in_utc
from orchestrator.errors import InvalidEvent


class _Dated(Struct):
    timestamp: Time


_decoder = msgspec.json.Decoder(_Dated)


def event_time(value: bytes | None) -> datetime | None:
    """The event's own time, in UTC; None if the value is no event.

    A fifth of the work of decode_event, which is asked only where the time is written otherwise.
    """
    if value is None:
        return None
    try:
        return in_utc(_decoder.decode(value).timestamp)
    except (ValueError, RecursionError):
        return _slowly(value)


def _slowly(value: bytes) -> datetime | None:
    try:
        return in_utc(decode_event(value).timestamp)
    except InvalidEvent:
        return None
