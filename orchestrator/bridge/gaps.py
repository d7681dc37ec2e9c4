"""What is missing from a stream: said once, counted for good, and shown for a while."""

from collections.abc import Callable, Sequence

import structlog

from orchestrator.bridge.health import LaneCounters
from orchestrator.bridge.watch import Finding

log = structlog.get_logger(__name__)

SHOWN_S = 600.0
"""How long a gap keeps a lane degraded: long enough that someone looks."""

NAMED = 20
"""Ids in one message; the count is always of all."""


class Gaps:
    """The gaps of one lane. `monotonic`: seconds of a clock that only goes forward."""

    def __init__(
        self,
        stream: str,
        counters: LaneCounters,
        monotonic: Callable[[], float],
        shown_s: float = SHOWN_S,
    ) -> None:
        self._stream = stream
        self._counters = counters
        self._monotonic = monotonic
        self._shown_s = shown_s
        self._detail = ""
        self._until = 0.0

    @property
    def detail(self) -> str:
        """The newest gap, while it is shown; else empty."""
        return self._detail if self._monotonic() < self._until else ""

    def deleted_while_pending(self, ids: Sequence[bytes]) -> None:
        """Entries that someone was given, and nobody has passed on, are gone from the stream."""
        self._counters.vanished += len(ids)
        named = ", ".join(entry_id.decode() for entry_id in ids[:NAMED])
        more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
        self._say(f"{len(ids):,} pending entries were deleted: {named}{more}")

    def found(self, finding: Finding) -> None:
        """Something was missing when the stream was looked at."""
        if finding.entries is None:
            self._counters.breaks += 1
        else:
            self._counters.missed += finding.entries
        self._say(finding.what)

    def group_gone(self) -> None:
        """The stream was deleted, or its group, after it had been read."""
        self._counters.breaks += 1
        self._say("the consumer group was gone, maybe with the stream: made anew, from the start")

    def _say(self, what: str) -> None:
        self._detail = f"gap: {what}"
        self._until = self._monotonic() + self._shown_s
        log.warning("gap in stream", stream=self._stream, what=what)
