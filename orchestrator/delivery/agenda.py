"""The agenda of lanes, by when they are due."""

import heapq
from itertools import count

from orchestrator.delivery.lanes import Lane

Entry = tuple[float, int, Lane]
"""(when it is due, the how-manieth, lane)"""


class Agenda:
    """The lanes by when they are due; those of SEL interventions before all others."""

    def __init__(self) -> None:
        self._urgent: list[Entry] = []
        self._ordinary: list[Entry] = []
        self._order = count()
        self._gone = 0

    def __len__(self) -> int:
        return len(self._urgent) + len(self._ordinary)

    def add(self, lane: Lane, due: float) -> None:
        """The lane is to be worked on from then on; a lane is added once at a time."""
        heap = self._urgent if lane.is_urgent else self._ordinary
        heapq.heappush(heap, (due, next(self._order), lane))

    def pop(self, now: float) -> Lane | None:
        """The lane that is due longest, the urgent first; None if none is."""
        for heap in (self._urgent, self._ordinary):
            if heap and heap[0][0] <= now:
                return heapq.heappop(heap)[2]
        return None

    def next_due(self) -> float | None:
        """When the next lane is due; None if there is none."""
        return min((heap[0][0] for heap in (self._urgent, self._ordinary) if heap), default=None)

    def hasten(self, now: float) -> None:
        """Let urgent lanes be due that rest after a failure, unless the service asked for that.

        While a breaker is open, it decides when the next attempt is; and the first shall be theirs.
        """
        self._urgent = [
            (due if lane.asked else min(due, now), number, lane)
            for due, number, lane in self._urgent
        ]
        heapq.heapify(self._urgent)

    def lost_one(self) -> None:
        """A lane that is on the agenda has gone. Such are forgotten once they are the half."""
        self._gone += 1
        if 2 * self._gone > len(self):
            self.drop_gone()

    def drop_gone(self) -> None:
        """Forget lanes that are gone."""
        self._gone = 0
        for heap in (self._urgent, self._ordinary):
            heap[:] = [entry for entry in heap if not entry[2].gone]
            heapq.heapify(heap)
