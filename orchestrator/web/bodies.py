"""Reading a request's JSON body, within bounds of type, size and time."""

import asyncio
import json
from functools import partial

from aiohttp import web

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.json_object import JsonObject, object_from
from orchestrator.dialects.reading import LIMITS
from orchestrator.errors import InvalidEvent
from orchestrator.web.problems import Problem

MAX_BODY = LIMITS.entry_bytes
"""Bytes, uncompressed: as many as an entry of a Redis stream may have."""

READ_WITHIN = 10.0
"""Seconds a body may take to arrive."""


async def json_object(request: web.Request, within: float = READ_WITHIN) -> JsonObject:
    """The JSON object in the body, which may take `within` seconds to arrive.

    Raises Problem: 415 not application/json, 413 over MAX_BODY, 408 too slow, 400 not JSON,
    422 JSON but no object.
    """
    if request.content_type != "application/json":
        raise Problem(415, "The body must be JSON, sent as Content-Type: application/json.")
    raw = await _read(request, within)
    try:
        return object_from(raw)
    except InvalidEvent as error:
        status = 422 if error.reason == Refusal.NOT_AN_OBJECT else 400
        raise Problem(status, f"The body is unusable: {error.reason}: {error.detail}.") from error


def json_text(body: JsonObject, *, sort_keys: bool = False) -> bytes:
    """The object as JSON again, about as long as it came; fields in order with `sort_keys`.

    Raises Problem 400 if it is nested so deeply that it could just be read.
    """
    write = partial(json.dumps, body, separators=(",", ":"), sort_keys=sort_keys)
    try:
        return write(ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character, which only an escape can hold
        return write().encode()
    except RecursionError as error:
        raise Problem(400, "The body is unusable: it is nested too deeply.") from error


async def _read(request: web.Request, within: float) -> bytes:
    """The body, counted while it arrives: a chunked one does not say its length."""
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > MAX_BODY:
                    raise _too_large()
    except TimeoutError as error:
        raise Problem(408, f"The body did not arrive within {within:g} s.") from error
    except web.RequestPayloadError as error:
        raise Problem(400, "The body does not have the form that its headers say.") from error
    return bytes(body)


def _too_large() -> Problem:
    return Problem(413, f"The body is over {MAX_BODY:,} bytes.")
