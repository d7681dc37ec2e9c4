"""So much is refused that a faulty deployment is likelier than faulty entries: stop, and say so."""

from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple

from orchestrator.bridge.entries import Translated
from orchestrator.bridge.pieces import Piece
from orchestrator.core.refusals import Refusal
from orchestrator.errors import Flooded
from orchestrator.topics import DEAD_LETTERS

WITHIN_S = 60.0

EXPECTED = frozenset({Refusal.UPLOAD_ANNOUNCEMENT})
"""Refusals that speak for no fault: they are known, and however many come they count for nothing
here. A school that uploads a thousand exercise books must not stop the worker."""

Reasons = Counter[str]


class FloodLimit(NamedTuple):
    """What a lane bears: over `share` of at least `minimum` entries within a minute refused, or
    `run` refused in a row, is too much.
    """

    share: float = 0.5
    minimum: int = 1_000
    run: int = 500


class Counted(NamedTuple):
    """A piece, counted; `refused` by reason."""

    at: float
    entries: int
    refused: Reasons


class FloodGate:
    """Counts what became of one stream's entries. `monotonic`: seconds."""

    def __init__(self, stream: str, limit: FloodLimit, monotonic: Callable[[], float]) -> None:
        self._stream = stream
        self._limit = limit
        self._monotonic = monotonic
        self._run = Reasons()
        self._minute: deque[Counted] = deque()
        self._entries = 0
        self._refused = Reasons()
        self._example = ""

    def passed_on(self, piece: Piece) -> None:
        """Count a piece that is done with. Raises Flooded if that is too much."""
        counts = [each for each in piece if each.refusal not in EXPECTED]
        for each in counts:
            self._count_run(each)
        self._count_minute(counts)
        if self._entries >= self._limit.minimum:
            refused = self._refused.total()
            if refused > self._entries * self._limit.share:
                share = f"{refused:,} of {self._entries:,} entries ({refused / self._entries:.0%})"
                raise self._flooded(f"{share} within a minute", self._refused)

    def _count_run(self, each: Translated) -> None:
        if each.refusal is None:
            self._run.clear()
            return
        self._run[each.refusal] += 1
        self._example = (each.record.key or b"").decode()
        if self._run.total() >= self._limit.run:
            raise self._flooded(f"{self._run.total():,} entries in a row", self._run)

    def _count_minute(self, counts: Piece) -> None:
        refused = Reasons(each.refusal for each in counts if each.refusal is not None)
        self._minute.append(Counted(self._monotonic(), len(counts), refused))
        self._entries += len(counts)
        self._refused.update(refused)
        while self._minute[0].at < self._minute[-1].at - WITHIN_S:
            old = self._minute.popleft()
            self._entries -= old.entries
            self._refused.subtract(old.refused)

    def _flooded(self, what: str, reasons: Reasons) -> Flooded:
        (reason, count), *_ = reasons.most_common(1)
        return Flooded(
            f"{self._stream}: {what} were refused, most often as '{reason}' ({count:,}; the newest"
            f" is {self._example}). That looks like a faulty deployment, so the worker stops. What"
            f" was refused is in {DEAD_LETTERS}, and what was not read is still in Redis. To go on:"
            " either mend the dialect that should read such entries, start the worker again, and"
            f" then call back what was refused with `orchestrator dead-letters replay --reason"
            f" '{reason}'`; or mend the producer, and have the rest of its entries refused too, by"
            " starting the worker once with FLOOD_SHARE=1 and FLOOD_RUN=1000000000. If so many"
            " refusals are to be expected, raise FLOOD_SHARE, FLOOD_MINIMUM or FLOOD_RUN for good."
        )
