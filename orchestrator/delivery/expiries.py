"""Lanes that wait, by when their heads expire."""

import heapq
from datetime import datetime
from itertools import count

from orchestrator.delivery.lanes import Lane
from orchestrator.delivery.settling import expiry

SPARE = 1_000
"""So many entries that mean nothing any more are always let stand."""


class Expiries:
    """A lane is known by its head alone: what stands behind it ends after it."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Lane]] = []
        self._known: dict[Lane, datetime] = {}
        self._order = count()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, lane: Lane) -> None:
        """Know the lane by the head that it has now; not at all if that never expires."""
        at = expiry(lane.line[0][1])
        if at == self._known.get(lane):
            return
        self.forget(lane)
        if at is not None:
            self._known[lane] = at
            heapq.heappush(self._heap, (at, next(self._order), lane))

    def forget(self, lane: Lane) -> None:
        """The lane has gone, or another head; its entry means nothing from now on."""
        self._known.pop(lane, None)
        if len(self._heap) > 2 * len(self._known) + SPARE:
            self._heap = [(at, next(self._order), lane) for lane, at in self._known.items()]
            heapq.heapify(self._heap)

    def pop(self, now: datetime) -> Lane | None:
        """The lane whose head expired first, known no longer; None if no head has expired."""
        while self._heap and self._heap[0][0] <= now:
            at, _, lane = heapq.heappop(self._heap)
            if self._known.get(lane) == at:
                del self._known[lane]
                return lane
        return None
