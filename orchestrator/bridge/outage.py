"""An outage is said once when it begins and once when it is over, however long it lasts."""

from collections.abc import Callable

import structlog

from orchestrator.bridge.refusals import refusal

log = structlog.get_logger(__name__)


class Outage:
    """Whether what a lane needs is gone. `monotonic`: seconds of a clock that only goes forward."""

    def __init__(self, stream: str, monotonic: Callable[[], float]) -> None:
        self._stream = stream
        self._monotonic = monotonic
        self._since: float | None = None
        self.of = ""
        self.detail = ""

    def begin(self, of: str, error: Exception) -> None:
        """`of` (redis or kafka) cannot be had, because of `error`."""
        why = refusal(error) if of == "redis" else None
        self.detail = f"{of}: {why or str(error) or type(error).__name__}"[:500]
        if of == self.of:
            return
        self._since = self._monotonic() if self._since is None else self._since
        self.of = of
        log.warning("lane degraded", stream=self._stream, of=of, detail=self.detail)

    def over(self) -> None:
        """It answers again."""
        if self._since is None:
            return
        seconds = round(self._monotonic() - self._since, 1)
        log.info("lane recovered", stream=self._stream, of=self.of, after_seconds=seconds)
        self._since, self.of, self.detail = None, "", ""
