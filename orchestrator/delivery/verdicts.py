"""What an answer, or the lack of one, means for the action. Pure."""

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from orchestrator.delivery.retry_after import retry_after_seconds

BODY_LIMIT = 64 * 1024
"""Bytes of a response's body that are read; the rest is cut."""

_DETAIL_LIMIT = 500


class Kind(StrEnum):
    """What follows from one attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REJECTED = "rejected"


class Fault(StrEnum):
    """How an attempt can end without an answer."""

    UNREACHABLE = "unreachable"
    """No connection, so nothing was sent: refused, no such host, TLS, connect time limit."""
    TIMEOUT = "timeout"
    RESET = "reset"
    GARBLED = "garbled"
    """What came back is not HTTP."""


class Answer(Struct, frozen=True):
    """What came back: `body` holds at most BODY_LIMIT bytes, `cut` says that there was more."""

    status: int
    body: bytes = b""
    cut: bool = False
    retry_after: str | None = None
    location: str | None = None


class Verdict(Struct, frozen=True):
    """The meaning of one attempt.

    `reason` is of a small set and fit for a metric's label: the status, or the Fault. `detail` is
    a sentence of at most 500 characters. `retry_after` is in seconds, as asked by the service.
    """

    kind: Kind
    reason: str
    detail: str
    status: int | None = None
    retry_after: float | None = None
    body: bytes = b""

    @property
    def summary(self) -> str:
        """The detail without what the service has said, which may name a learner."""
        if self.status is None or 300 <= self.status < 400:
            return self.detail
        return f"answered {self.status}"


def judge_answer(answer: Answer, *, now: datetime, host: str) -> Verdict:
    """The verdict on a response of the service at `host` (name, with the port if one is set).

    2xx and 409 (the key is known already) are delivered; 408, 425, 429, 5xx and what is no final
    status of HTTP are retried; other 4xx are rejected, and so is 3xx: no redirect is followed.
    """
    return Verdict(
        kind=_kind(answer.status),
        reason=str(answer.status),
        detail=_detail(answer, host)[:_DETAIL_LIMIT],
        status=answer.status,
        retry_after=retry_after_seconds(answer.retry_after, now),
        body=answer.body[:BODY_LIMIT],
    )


def judge_fault(fault: Fault, detail: str) -> Verdict:
    """The verdict when no answer came: always another attempt, since none of it is final."""
    return Verdict(kind=Kind.RETRY, reason=fault.value, detail=f"{fault}: {detail}"[:_DETAIL_LIMIT])


def _kind(status: int) -> Kind:
    if 200 <= status < 300 or status == 409:
        return Kind.DELIVERED
    if 300 <= status < 500 and status not in {408, 425, 429}:
        return Kind.REJECTED
    return Kind.RETRY


def _detail(answer: Answer, host: str) -> str:
    if 300 <= answer.status < 400:
        return f"answered {answer.status}, {_redirect(answer.location, host)}, not followed"
    text = answer.body[:_DETAIL_LIMIT].decode(errors="replace")
    said = f": {text}" if text else ""
    return f"answered {answer.status}{' (body cut)' if answer.cut else ''}{said}"


def _redirect(location: str | None, host: str) -> str:
    if location is None:
        return "a redirect to nowhere"
    try:
        target = urlsplit(location).netloc.rpartition("@")[2]
    except ValueError:
        return "a redirect to what is no address"
    if target in {"", host}:
        return "a redirect on the same host"
    return f"a redirect to another host, {target}"
