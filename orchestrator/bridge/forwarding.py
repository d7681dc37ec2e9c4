"""A batch on its way: entries -> records that Kafka has acknowledged, piece by piece."""

from collections.abc import Iterator, Sequence

import structlog

from orchestrator.bridge.entries import Entry, Translator
from orchestrator.bridge.health import LaneCounters
from orchestrator.bridge.pieces import Piece, pieces
from orchestrator.bridge.traces import Traces
from orchestrator.clock import Clock
from orchestrator.observability.sparse import Sparse
from orchestrator.observability.traceparent import trace_fields
from orchestrator.stream.records import Sender
from orchestrator.topics import DEAD_LETTERS, EVENTS

log = structlog.get_logger(__name__)


class Forwarder:
    """Writes one stream's entries to Kafka."""

    def __init__(
        self,
        translator: Translator,
        sender: Sender,
        clock: Clock,
        counters: LaneCounters,
        learner_limit: int,
        traces: Traces | None = None,
    ) -> None:
        self._translator = translator
        self._sender = sender
        self._clock = clock
        self._counters = counters
        self._learner_limit = learner_limit
        self._traces = traces
        self._lines = Sparse()

    def pieces(self, entries: Sequence[Entry]) -> Iterator[Piece]:
        """The entries, translated, cut by `learner_limit`. Deleted ones are left out."""
        at = self._clock.now()
        batch = [
            self._translator.translate(entry.id, entry.fields, at)
            for entry in entries
            if entry.fields is not None
        ]
        if self._traces is not None:
            batch = self._traces.stamped(entries, batch)
        return pieces(batch, self._learner_limit)

    async def send(self, piece: Piece) -> None:
        """Return when Kafka has acknowledged all of the piece. Raises StreamError."""
        events = [each.record for each in piece if each.refusal is None]
        refused = [each for each in piece if each.refusal is not None]
        if events:
            await self._sender.send(EVENTS, events)
        if refused:
            await self._sender.send(DEAD_LETTERS, [each.record for each in refused])
            self._tell(refused)
        if self._traces is not None:
            self._traces.sent(piece)
        self._count(piece, len(events))

    def _tell(self, refused: Piece) -> None:
        """Why stands in the dead letter, which quotes what was found: not for the log."""
        for each in refused:
            if (besides := self._lines.admit()) is not None:
                source = (each.record.key or b"").decode()
                traced = trace_fields(each.record.headers)
                log.warning(
                    "entry refused", source=source, reason=each.refusal, **traced, **besides
                )

    def _count(self, piece: Piece, events: int) -> None:
        self._counters.produced += events
        self._counters.unknown_fields += sum(each.unknown_fields for each in piece)
        self._counters.dead_letters.update(
            each.refusal for each in piece if each.refusal is not None
        )
