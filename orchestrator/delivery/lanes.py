"""Lanes: what must arrive in order."""

import asyncio
from collections import deque
from itertools import islice

from orchestrator.core.actions import URGENT, Action, ActionType
from orchestrator.delivery.rows import Waiting, is_permanent_level


class Lane:
    """A learner's actions of one type, in order: the head is attempted, the rest stands behind it.

    `busy`: the attempt that is under way. `rested` is set while the lane is empty, or has had its
    chance and waits for another; `asked`: it waits since the service asked for it. `unwritten`: one
    is superseded and that must be written before a newer one is attempted, or it would, forgotten
    in a crash, arrive after it. `gone`: empty, or its partition is another worker's. `since`: when
    each that stands in the line came here, by the loop's time.
    """

    def __init__(self, partition: int, key: bytes, kind: ActionType) -> None:
        self.partition = partition
        self.key = key
        self.kind = kind
        self.line: deque[tuple[Waiting, Action]] = deque()
        self.since: deque[float] = deque()
        self.busy: asyncio.Task[None] | None = None
        self.rested = asyncio.Event()
        self.asked = False
        self.unwritten = False
        self.gone = False

    @property
    def is_urgent(self) -> bool:
        """Whether its actions go before all others."""
        return self.kind in URGENT

    def is_of(self, kind: ActionType) -> bool:
        """Whether actions of this type stand here."""
        return self.kind is kind and bool(self.line)

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
