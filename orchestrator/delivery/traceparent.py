"""The W3C trace context of a call, derived from the action: every retry carries the same."""

import re
from hashlib import sha256

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")


def traceparent(action_id: str, correlation_id: str | None) -> str:
    """A `traceparent` header (version 00, sampled).

    A correlation id that is a trace id itself (32 lower-case hex digits, not all zero) stands, so
    that the trace its producer began goes on; any other text is hashed. Without one the action
    is a trace of its own.
    """
    return f"00-{_trace_id(correlation_id or action_id)}-{_hex(action_id, 16)}-01"


def _trace_id(text: str) -> str:
    return text if _TRACE_ID.fullmatch(text) else _hex(text, 32)


def _hex(text: str, digits: int) -> str:
    return sha256(text.encode()).hexdigest()[:digits]
