"""Every fault of an event at once, though its judge stops at the first.

The core alone says what an event may be. It is asked about each given field by itself, put into an
event that is otherwise sound; so nothing of its rules stands here a second time.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from orchestrator.core.event_codec import event_from
from orchestrator.core.events import EventType, PublicEvent
from orchestrator.dialects.reading import LIMITS
from orchestrator.errors import InvalidEvent

SOUND_DATA: Mapping[str, dict[str, Any]] = {
    str(kind.type): kind.example for kind in PublicEvent.__args__
}
"""Data of each type with which an event is sound."""

MAX_JUDGED = 200
"""Fields of one object that are asked about; a body may hold a hundred thousand."""

Path = tuple[str, ...]


def judged_faults(given: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """The wrong fields of a canonical event's by dotted path; what is not given is not missed here.

    Only fields that are absent from `data` are: they make the event of that type impossible.
    """
    kind = given["type"].upper() if isinstance(given.get("type"), str) else ""
    sound = _sound_event(kind, now)
    faults: dict[str, str] = {}
    for name in given.keys() - {"data"}:
        faults |= _judge(sound | {name: given[name]}, name)
    if kind in SOUND_DATA and isinstance(given.get("data"), dict):
        faults |= _data_faults(sound, given["data"])
    return faults


def _sound_event(kind: str, now: datetime) -> dict[str, Any]:
    known = kind if kind in SOUND_DATA else EventType.ENGAGEMENT_LOW
    ids = {"id": "sound", "tenant_id": "sound", "learner_id": "sound"}
    times = {"timestamp": now, "received_at": now}
    return {"type": str(known), "data": SOUND_DATA[known]} | ids | times


def _data_faults(sound: dict[str, Any], data: Mapping[str, Any]) -> dict[str, str]:
    faults: dict[str, str] = {}
    mended: dict[str, Any] = dict(data)
    for path, value in _leaves(data, sound["data"]):
        found = _judge(
            sound | {"data": _with(sound["data"], path, value)}, ".".join(("data", *path))
        )
        if found:
            faults |= found
            mended = _with(mended, path, _at(sound["data"], path))
    return faults | _judge(sound | {"data": mended}, "data")


def _judge(event: Mapping[str, Any], path: str) -> dict[str, str]:
    """The core's verdict, under the path that it names if that is at or within `path`."""
    try:
        read = event_from(event)
    except InvalidEvent as error:
        missing = re.fullmatch(r"(\S+) (is missing)", error.detail)
        field, _, detail = error.detail.partition(": ")
        if missing:
            field, detail = missing[1], missing[2]
        return {field: detail} if field.startswith(path) and detail else {path: error.detail}
    if read.timestamp - read.received_at > LIMITS.ahead:
        ahead = LIMITS.ahead.total_seconds() / 60
        return {path: f"lies more than {ahead:g} min ahead of the orchestrator's clock"}
    return {}


def _leaves(data: Mapping[str, Any], sound: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Each field with its path; an object is gone into where a sound one has an object, too."""
    for name, value in islice(data.items(), MAX_JUDGED):
        inner = sound.get(name)
        if isinstance(value, dict) and isinstance(inner, dict):
            yield from (((name, *path), leaf) for path, leaf in _leaves(value, inner))
        else:
            yield (name,), value


def _with(data: Mapping[str, Any], path: Path, value: object) -> dict[str, Any]:
    """A copy of `data` in which `value` stands at `path`."""
    name, *inner = path
    return dict(data) | {name: _with(data.get(name, {}), tuple(inner), value) if inner else value}


def _at(data: Mapping[str, Any], path: Path) -> object:
    """What stands at `path`; None, which is as good as absent, if nothing does."""
    for name in path[:-1]:
        data = data[name]
    return data.get(path[-1])
