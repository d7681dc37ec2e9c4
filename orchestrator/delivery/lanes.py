"""Lanes: what must arrive in order; and the agenda of lanes, by when they are due."""

import asyncio
import heapq
from collections import deque
from collections.abc import Iterable
from itertools import count

from orchestrator.core.actions import URGENT, Action, ActionType
from orchestrator.delivery.rows import Waiting


class Lane:
    """A learner's actions of one type, in order: the head is attempted, the rest stands behind it.

    `busy`: the attempt that is under way. `rested` is set while the lane is empty, or has had its
    chance and waits for another; `asked`: it waits since the service asked for it. `gone`: empty,
    or its partition is another worker's.
    """

    def __init__(self, partition: int, key: bytes, kind: ActionType) -> None:
        self.partition = partition
        self.key = key
        self.kind = kind
        self.line: deque[tuple[Waiting, Action]] = deque()
        self.busy: asyncio.Task[None] | None = None
        self.rested = asyncio.Event()
        self.asked = False
        self.gone = False


Entry = tuple[float, int, Lane]
"""(when it is due, the how-manieth, lane)"""


class Agenda:
    """The lanes by when they are due; those of SEL interventions before all others."""

    def __init__(self) -> None:
        self._urgent: list[Entry] = []
        self._ordinary: list[Entry] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._urgent) + len(self._ordinary)

    def add(self, lane: Lane, due: float) -> None:
        """The lane is to be worked on from then on; a lane is added once at a time."""
        heap = self._urgent if lane.kind in URGENT else self._ordinary
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

    def drop_gone(self) -> None:
        """Forget lanes that are gone."""
        for heap in (self._urgent, self._ordinary):
            heap[:] = [entry for entry in heap if not entry[2].gone]
            heapq.heapify(heap)


async def all_rested(lanes: Iterable[Lane], seconds: float) -> None:
    """Return when every lane has rested, or after so many seconds."""
    waiters = [asyncio.ensure_future(lane.rested.wait()) for lane in lanes]
    if not waiters:
        return
    try:
        await asyncio.wait(waiters, timeout=seconds)
    finally:
        for waiter in waiters:
            waiter.cancel()
