"""What the bridge tells whoever counts: a port, so that the room knows no metrics."""

from collections.abc import Sequence
from typing import Protocol


class BridgeObserver(Protocol):
    """Told in the event loop: must neither block nor raise."""

    def on_read(self, stream: str, added: Sequence[int]) -> None:
        """Entries were read from a stream, to which they were added then (ms, Redis's clock)."""
        ...


class Silent:
    """Counts nothing."""

    def on_read(self, stream: str, added: Sequence[int]) -> None:
        """Ignored."""
