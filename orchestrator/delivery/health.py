"""How a downstream service fares, told from the attempts alone: nobody is asked for /health."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from orchestrator.delivery.verdicts import Kind, Verdict

_MISCONFIGURED = frozenset({401, 403})


class HealthStatus(StrEnum):
    """Degraded, never unhealthy: a dead downstream is no reason to restart a worker."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


class ServiceHealth(Struct, frozen=True):
    """A component of /health. The moments are of the last attempts that went well and ill."""

    status: HealthStatus
    detail: str
    last_success: datetime | None = None
    last_failure: datetime | None = None


class HealthRecord:
    """Remembers the last attempts at a service."""

    def __init__(self) -> None:
        self._last_success: datetime | None = None
        self._last_failure: datetime | None = None
        self._failures_in_a_row = 0
        self._last_detail = ""

    def note(self, verdict: Verdict, at: datetime) -> None:
        """Take an attempt into account; a rejected action is an answer like another."""
        if _works(verdict):
            self._last_success = at
            self._failures_in_a_row = 0
            return
        self._last_failure = at
        self._failures_in_a_row += 1
        self._last_detail = verdict.summary

    def read(self) -> ServiceHealth:
        """The present state."""
        status, detail = self._judgement()
        return ServiceHealth(status, detail, self._last_success, self._last_failure)

    def _judgement(self) -> tuple[HealthStatus, str]:
        if self._failures_in_a_row:
            count = self._failures_in_a_row
            return HealthStatus.DEGRADED, f"{count} failed attempt(s) in a row: {self._last_detail}"
        if self._last_success is None:
            return HealthStatus.UNKNOWN, "not called yet"
        return HealthStatus.HEALTHY, "answers"


def _works(verdict: Verdict) -> bool:
    """Not for a retry, and not for what only a wrong token or a wrong address explains."""
    if verdict.kind is Kind.RETRY:
        return False
    status = verdict.status or 0
    return status not in _MISCONFIGURED and not 300 <= status < 400
