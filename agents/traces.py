"""What the agents tell whoever traces: ports, so that they know no tracer."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from orchestrator.core.fold import Folded
from orchestrator.delivery.arrivals import Arrival, ErasureArrival
from orchestrator.stream.records import Headers, RawRecord


class BatchTrace(Protocol):
    """A batch of events that is being decided."""

    def decided(self, folded: Folded) -> Sequence[Headers]:
        """What it came to: headers for its actions, one each, in their order.

        The dead letters in `folded` get theirs there.
        """
        ...


class DecideTraces(Protocol):
    """Called in the event loop, between awaits: must neither block nor raise."""

    def batch(self, records: Sequence[RawRecord]) -> AbstractContextManager[BatchTrace]:
        """Around the work on a batch of events, from its decisions until they are durable."""
        ...


class DeliverTraces(Protocol):
    """Called in the event loop, between awaits: must neither block nor raise."""

    def taken(
        self, records: Sequence[RawRecord], arrivals: Sequence[Arrival | ErasureArrival]
    ) -> None:
        """These arrivals were read from these records; those of unreadable ones are missing."""
        ...
