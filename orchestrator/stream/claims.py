"""Partitions that are owned without being read: the ownership itself is what is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from faust.types import TP


class Claim(Protocol):
    """Work that goes with owning a partition of a topic that nobody reads: a lane, say."""

    async def acquire(self, partition: int) -> None:
        """The partition is this worker's; begin. Must not wait for anything but a moment."""
        ...

    async def release(self, partition: int) -> None:
        """The partition goes; when this returns, the work has ended."""
        ...


class Claims:
    """The claims of an app by topic, and which partitions are held now."""

    def __init__(self) -> None:
        self._by_topic: dict[str, Claim] = {}
        self._held: set[TP] = set()

    def add(self, topic: str, claim: Claim) -> None:
        """Own partitions of `topic` from the next assignment on."""
        self._by_topic[topic] = claim

    def topics(self) -> Iterable[str]:
        """The topics that are claimed."""
        return self._by_topic

    def covers(self, tp: TP) -> bool:
        """Whether the partition is claimed, hence not read."""
        return tp.topic in self._by_topic

    async def acquire(self, tps: Iterable[TP]) -> None:
        """Begin the work of these partitions."""
        for tp in sorted(tps):
            self._held.add(tp)
            await self._by_topic[tp.topic].acquire(tp.partition)

    async def release(self) -> None:
        """End the work of all partitions that are held, side by side."""
        held, self._held = self._held, set()
        await asyncio.gather(*(self._by_topic[tp.topic].release(tp.partition) for tp in held))
