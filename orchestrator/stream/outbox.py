"""What is on its way to partitions: what comes while a batch is under way goes into the next.

Kafka takes one batch of a partition in a request, and the client sends one request at a time. Many
small batches of several writers would wait for one another, request after request; so they become
one, and nobody waits longer than without.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from orchestrator.stream.records import Record

Place = tuple[str, int]
"""Topic and partition."""

Write = Callable[[str, int, list[Record]], Awaitable[None]]
"""Returns when Kafka has all records of (topic, partition, records)."""


class Waiting(NamedTuple):
    """What one caller gave, and what it awaits."""

    records: Iterable[Record]
    ended: asyncio.Future[None]


class Outbox:
    """One write a partition at a time, each of all that waits; the order of a partition is kept.

    Those whose records went together share how it ended.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: defaultdict[Place, list[Waiting]] = defaultdict(list)
        self._writing: dict[Place, asyncio.Task[None]] = {}

    def put(self, topic: str, partition: int, records: Iterable[Record]) -> asyncio.Future[None]:
        """Ends when Kafka has the records; with what the write raised, if it has not."""
        place = topic, partition
        ended = asyncio.get_running_loop().create_future()
        self._waiting[place].append(Waiting(records, ended))
        if place not in self._writing:
            self._writing[place] = asyncio.create_task(self._run(place))
        return ended

    async def _run(self, place: Place) -> None:
        try:
            while together := self._waiting.pop(place, None):
                await self._write_together(place, together)
        finally:
            del self._writing[place]

    async def _write_together(self, place: Place, together: list[Waiting]) -> None:
        records = [record for each in together for record in each.records]
        error: BaseException | None = None
        try:
            await self._write(*place, records)
        except BaseException as raised:
            error = raised
            if not isinstance(raised, Exception):
                raise
        finally:
            for each in together:
                _end(each.ended, error)


def _end(ended: asyncio.Future[Any], error: BaseException | None) -> None:
    if ended.done():  # its caller was cancelled
        return
    if error is None:
        ended.set_result(None)
    else:
        ended.set_exception(error)
