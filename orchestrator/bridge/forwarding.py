"""A batch on its way: entries -> records that Kafka has acknowledged, piece by piece."""

from collections.abc import Iterator, Sequence

from orchestrator.bridge.entries import Entry, Translator
from orchestrator.bridge.health import LaneCounters
from orchestrator.bridge.pieces import Piece, pieces
from orchestrator.clock import Clock
from orchestrator.stream.records import Sender
from orchestrator.topics import DEAD_LETTERS, EVENTS


class Forwarder:
    """Writes one stream's entries to Kafka."""

    def __init__(
        self,
        translator: Translator,
        sender: Sender,
        clock: Clock,
        counters: LaneCounters,
        learner_limit: int,
    ) -> None:
        self._translator = translator
        self._sender = sender
        self._clock = clock
        self._counters = counters
        self._learner_limit = learner_limit

    def pieces(self, entries: Sequence[Entry]) -> Iterator[Piece]:
        """The entries, translated, cut by `learner_limit`. Deleted ones are left out."""
        at = self._clock.now()
        batch = [
            self._translator.translate(entry.id, entry.fields, at)
            for entry in entries
            if entry.fields is not None
        ]
        return pieces(batch, self._learner_limit)

    async def send(self, piece: Piece) -> None:
        """Return when Kafka has acknowledged all of the piece. Raises StreamError."""
        events = [each.record for each in piece if each.refusal is None]
        letters = [each.record for each in piece if each.refusal is not None]
        if events:
            await self._sender.send(EVENTS, events)
        if letters:
            await self._sender.send(DEAD_LETTERS, letters)
        self._count(piece, len(events))

    def _count(self, piece: Piece, events: int) -> None:
        self._counters.produced += events
        self._counters.unknown_fields += sum(each.unknown_fields for each in piece)
        self._counters.dead_letters.update(
            each.refusal for each in piece if each.refusal is not None
        )
