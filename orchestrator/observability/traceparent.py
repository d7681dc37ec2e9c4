"""The header by which a trace goes on (W3C Trace Context), among the headers of a Kafka record."""

import re
from collections.abc import Iterable
from typing import NamedTuple

HEADER = "traceparent"

Headers = tuple[tuple[str, bytes], ...]

_LONGEST = 128
"""Bytes that are looked at. Version 00 has 55; a later one may be longer, and is not read on."""

_read = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?",
    re.DOTALL,
).fullmatch


class TraceParent(NamedTuple):
    """A span somewhere: its trace, itself, and whether its trace is recorded."""

    trace_id: int
    span_id: int
    sampled: bool


def read_traceparent(raw: bytes | None) -> TraceParent | None:
    """What a header says, or None: it is missing, malformed, all zero, or too long.

    It may come from anybody, so that nothing but the two ids and one bit of it is kept.
    """
    if raw is None or len(raw) > _LONGEST:
        return None
    found = _read(raw)
    if found is None or (found[1] == b"00" and found[5] is not None):
        return None
    return TraceParent(int(found[2], 16), int(found[3], 16), bool(int(found[4], 16) & 1))


def write_traceparent(parent: TraceParent) -> bytes:
    """The header, of version 00."""
    return b"00-%032x-%016x-%02x" % (parent.trace_id, parent.span_id, parent.sampled)


def found_in(headers: Iterable[tuple[str, bytes]]) -> bytes | None:
    """The header among those of a record; None if there is none, or more than one."""
    found = [value for name, value in headers if name == HEADER]
    return found[0] if len(found) == 1 else None


def passed_on(headers: Iterable[tuple[str, bytes]]) -> Headers:
    """The header of a record, for one that is sent in its place; () where none is valid."""
    parent = read_traceparent(found_in(headers))
    return () if parent is None else ((HEADER, write_traceparent(parent)),)


def trace_fields(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """The fields of a log line about a record; none where nothing is traced."""
    parent = read_traceparent(found_in(headers))
    if parent is None:
        return {}
    return {"trace_id": f"{parent.trace_id:032x}", "span_id": f"{parent.span_id:016x}"}
