"""What the stream layer tells whoever counts: a port, so that it knows no metrics."""

from collections.abc import Sequence
from typing import Protocol


class StreamObserver(Protocol):
    """Told in the event loop: must neither block nor raise."""

    def on_assigned(self) -> None:
        """The group has given this worker its partitions."""
        ...

    def on_restored(self, seconds: float, records: int) -> None:
        """The tables of newly owned partitions are restored, from so many changelog records."""
        ...

    def on_begun(self, topic: str, written: Sequence[int]) -> None:
        """The work on a batch begins; its records were written to Kafka then (ms)."""
        ...

    def on_commit(self, *, ok: bool, seconds: float) -> None:
        """Offsets were committed, or Kafka did not take them; it took so long."""
        ...


class Silent:
    """Counts nothing."""

    def on_assigned(self) -> None:
        """Ignored."""

    def on_restored(self, seconds: float, records: int) -> None:
        """Ignored."""

    def on_begun(self, topic: str, written: Sequence[int]) -> None:
        """Ignored."""

    def on_commit(self, *, ok: bool, seconds: float) -> None:
        """Ignored."""
