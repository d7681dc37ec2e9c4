"""The fields of an entry as one JSON object, from which the same fields can be made again."""

import json
from base64 import b64decode, b64encode

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.entry import Fields
from orchestrator.dialects.json_object import object_from
from orchestrator.errors import InvalidEvent

BASE64 = "base64:"
LEGIBLE_UP_TO = 1_000
"""Bytes of a text that may be escaped to any length; a longer one may not grow by over a half, so
that what fits into an entry also fits into a dead letter."""


def fields_form(fields: Fields) -> bytes:
    """A JSON object of the entry's fields, all strings. Nothing is lost: a name or value that is
    not UTF-8, that starts with `base64:` itself or is mostly escapes stands as `base64:<bytes>`.
    """
    texts = {_text(name): _text(value) for name, value in fields.items()}
    return json.dumps(texts, ensure_ascii=False).encode()


def fields_from(form: bytes) -> dict[bytes, bytes]:
    """The fields that fields_form was given. Raises InvalidEvent if `form` is of another make."""
    return {_raw(name): _raw(text) for name, text in object_from(form).items()}


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = BASE64
    coded = text.startswith(BASE64) or _grows(text, len(raw))
    return BASE64 + b64encode(raw).decode() if coded else text


def _grows(text: str, size: int) -> bool:
    if size <= LEGIBLE_UP_TO:
        return False
    return len(json.dumps(text, ensure_ascii=False)) - len(text) > size // 2


def _raw(text: object) -> bytes:
    if not isinstance(text, str):
        raise InvalidEvent(Refusal.NOT_AN_OBJECT, "a field of the entry is not a string")
    try:
        coded = text.startswith(BASE64)
        return b64decode(text.removeprefix(BASE64), validate=True) if coded else text.encode()
    except ValueError as error:
        raise InvalidEvent(Refusal.NOT_UTF8, f"a field of the entry: {error}") from error
