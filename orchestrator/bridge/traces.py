"""What the bridge tells whoever traces: a port, so that the room knows no tracer."""

from collections.abc import Sequence
from typing import Protocol

from orchestrator.bridge.entries import Entry, Translated
from orchestrator.bridge.pieces import Piece


class Traces(Protocol):
    """The traces of one stream's entries.

    Called in the event loop, between awaits: must neither block nor raise.
    """

    def stamped(self, entries: Sequence[Entry], batch: Sequence[Translated]) -> list[Translated]:
        """The batch that `entries` became, each record with the header of its trace."""
        ...

    def sent(self, piece: Piece) -> None:
        """Kafka has acknowledged a piece of a batch that was stamped."""
        ...
