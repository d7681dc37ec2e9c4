"""Lanes: what must arrive in order; and the agenda of lanes, by when they are due."""

import asyncio
import heapq
from collections import deque
from itertools import count, islice

from orchestrator.core.actions import URGENT, Action, ActionType
from orchestrator.delivery.rows import Waiting, is_permanent_level


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

    def park(self) -> None:
        """The service takes none of these: from now on a newer one may take their place."""
        for waiting, _ in self.line:
            waiting.parked = True

    @property
    def is_superseded(self) -> bool:
        """Whether a newer level suggestion of the head's kind (for good, or for now) waits too."""
        if self.kind is not ActionType.LEVEL_SUGGESTED:
            return False
        permanent = is_permanent_level(self.line[0][1])
        newer = islice(self.line, 1, None)
        return any(is_permanent_level(action) is permanent for _, action in newer)


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
