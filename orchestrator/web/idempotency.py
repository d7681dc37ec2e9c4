"""The Idempotency-Key header: an event's id, for one body alone."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from aiohttp import web

from orchestrator.web.bodies import json_text
from orchestrator.web.problems import FieldFault, Problem

HEADER = "Idempotency-Key"

_is_key = re.compile(r"[\x21-\x7e]{1,128}").fullmatch


def idempotency_key(request: web.Request) -> str | None:
    """The key that the request names, if it names one. Raises Problem 422 on one that cannot be."""
    given = request.headers.getall(HEADER, [])
    if not given:
        return None
    if len(given) > 1 or not _is_key(given[0]):
        detail = "must be given once, of 1 to 128 visible ASCII characters"
        raise _wrong(f"The {HEADER} cannot be used.", detail)
    return given[0]


def hash_of(body: Mapping[str, Any], key: str) -> str:
    """A hash of what the body says; the order of its fields and the blanks say nothing.

    32 hex digits: the first half of a SHA-256.
    """
    return sha256(json_text({**body, "id": key}, sort_keys=True)).hexdigest()[:32]


def other_body() -> Problem:
    """The answer to a key that came before with another body."""
    detail = "came within the last 24 hours with another body; a new event needs a new key"
    return _wrong(f"The {HEADER} stands for another event.", detail)


def _wrong(sentence: str, detail: str) -> Problem:
    return Problem(422, sentence, [FieldFault(HEADER, detail)])
