"""Kafka as the bridge sees it: the Sender port, in memory, that can fail, hang and be slow."""

import asyncio
from collections.abc import Callable, Iterable

from orchestrator.core.event_codec import decode_event
from orchestrator.errors import StreamError
from orchestrator.stream.records import Record
from orchestrator.topics import DEAD_LETTERS, EVENTS


class FakeSender:
    """Keeps what it is sent. `failing`: refuses all. `answers`: cleared, nothing is acknowledged.

    While it does not answer, records are kept all the same: written, but the writer cannot know.
    """

    def __init__(self) -> None:
        self.batches: list[tuple[str, tuple[Record, ...]]] = []
        self.failing = False
        self.refused = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self._news = asyncio.Condition()

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        assert partition is None
        if self.failing:
            self.refused += 1
            await self._tell()
            raise StreamError("no broker answers")
        self.batches.append((topic, tuple(records)))
        await self._tell()
        await self.answers.wait()

    def records(self, topic: str) -> list[Record]:
        return [record for to, records in self.batches if to == topic for record in records]

    def event_ids(self) -> list[str]:
        """The ids of the events, in the order in which they were written."""
        return [decode_event(record.value or b"").id for record in self.records(EVENTS)]

    def reasons(self) -> list[str]:
        """The reasons of the dead letters, in the order in which they were written."""
        return [dict(each.headers)["reason"].decode() for each in self.records(DEAD_LETTERS)]

    async def until(self, condition: Callable[[], bool], within_s: float = 10.0) -> None:
        """Wait until something that was sent (or refused) makes `condition` true."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(condition)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
