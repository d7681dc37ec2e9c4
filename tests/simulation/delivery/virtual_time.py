"""An event loop whose time jumps to the next timer: half an hour of retries within a moment."""

import asyncio
import selectors
from collections.abc import Mapping
from datetime import datetime, timedelta
from selectors import SelectorKey
from typing import Any

from tests.unit.delivery.samples import EVENT_AT

STEP_S = 1e-6
"""What a turn of the loop takes at least: who looks again until time has passed sees it pass."""


class JumpingSelector(selectors.BaseSelector):
    """Instead of waiting for time to pass, lets it pass."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        ready = self._real.select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nothing will ever happen"
            self.now += max(timeout, STEP_S)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Begins at 0 s."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class LoopClock:
    """The wall clock of a virtual day that began at EVENT_AT."""

    def now(self) -> datetime:
        return EVENT_AT + timedelta(seconds=asyncio.get_running_loop().time())
