"""Whose a refused input is, as far as its bytes tell; unlike a reading, this refuses nothing."""

import re
from typing import Any, NamedTuple

import msgspec

from orchestrator.dialects.adapters import LEARNER_NAMES, TENANT_NAMES
from orchestrator.dialects.entry import object_of_entry
from orchestrator.dialects.fields_form import fields_from
from orchestrator.dialects.json_object import JsonObject, object_from
from orchestrator.errors import InvalidEvent


class Whose(NamedTuple):
    """All tenants and learners that are named, usually one of each; none where nothing is said."""

    tenants: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()


def whose(value: bytes, form: str = "raw") -> Whose:
    """Whom a dead letter's bytes name; `form` as in its header.

    What is no JSON object (a letter that was cut, say) is searched for the fields' names.
    """
    try:
        found = object_of_entry(fields_from(value)) if form == "fields" else object_from(value)
    except InvalidEvent:
        return Whose(_in_text(value, TENANT_NAMES), _in_text(value, LEARNER_NAMES))
    return Whose(_named(found, TENANT_NAMES), _named(found, LEARNER_NAMES))


def _named(found: JsonObject, names: tuple[str, ...]) -> tuple[str, ...]:
    """What stands under these names, on top and in the data."""
    data = found.get("data")
    holders: list[dict[str, Any]] = [found, *([data] if isinstance(data, dict) else [])]
    values = [holder.get(name) for holder in holders for name in names]
    return _distinct([str(each) for each in values if isinstance(each, str | int)])


def _in_text(raw: bytes, names: tuple[str, ...]) -> tuple[str, ...]:
    pattern = rb'"(?:' + b"|".join(name.encode() for name in names) + rb')"\s*:\s*'
    strings = re.findall(pattern + rb'("(?:[^"\\]|\\.){1,512}")', raw)
    return _distinct([text for text in map(_unquoted, strings) if text is not None])


def _unquoted(quoted: bytes) -> str | None:
    try:
        return msgspec.json.decode(quoted, type=str)
    except ValueError:
        return None


def _distinct(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in found if each and _is_text(each)))


def _is_text(found: str) -> bool:
    """Half a character, which only an escape can hold, is in nobody's id."""
    try:
        found.encode()
    except UnicodeEncodeError:
        return False
    return True
