"""Work that goes with the ownership of partitions, beside or instead of reading them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from faust.types import TP


class Claim(Protocol):
    """What is told of the partitions of a topic as they come and go."""

    async def acquire(self, partition: int) -> None:
        """The partition is this worker's, its tables are restored, and nothing was read yet."""
        ...

    async def release(self, partition: int) -> None:
        """The partition goes; when this returns, the work has ended."""
        ...


class Claims:
    """The claims of an app by topic, and which partitions are held now."""

    def __init__(self) -> None:
        self._by_topic: dict[str, Claim] = {}
        self._unread: set[str] = set()
        self._held: set[TP] = set()

    def add(self, topic: str, claim: Claim, *, read: bool) -> None:
        """Tell `claim` of the partitions of `topic`; `read`: an agent reads them too."""
        self._by_topic[topic] = claim
        if not read:
            self._unread.add(topic)

    def unread(self) -> Iterable[str]:
        """The topics that are claimed, and which no agent reads."""
        return self._unread

    async def acquire(self, tps: Iterable[TP]) -> None:
        """Begin the work of those of these partitions that are claimed."""
        for tp in sorted(tp for tp in tps if tp.topic in self._by_topic):
            self._held.add(tp)
            await self._by_topic[tp.topic].acquire(tp.partition)

    async def release(self) -> None:
        """End the work of all partitions that are held, side by side."""
        held, self._held = self._held, set()
        await asyncio.gather(*(self._by_topic[tp.topic].release(tp.partition) for tp in held))
