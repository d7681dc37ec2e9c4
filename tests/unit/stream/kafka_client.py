"""A group member's Kafka client that does what it is told, in memory."""

import asyncio
from collections.abc import Iterable, Mapping
from types import SimpleNamespace

from aiokafka import TopicPartition


class FakeClient:
    """Stands for aiokafka's consumer, as far as orchestrator/stream asks for it."""

    def __init__(self) -> None:
        self._coordinator = SimpleNamespace(generation=0, request_rejoin=self._rejoin)
        self.rejoined = 0
        self.begins: dict[TopicPartition, int] = {}
        self.ends: dict[TopicPartition, int] = {}
        self.offsets: dict[TopicPartition, int] = {}
        self.assigned: set[TopicPartition] = set()
        self.sought: dict[TopicPartition, int] = {}
        self.commits: list[dict[TopicPartition, int]] = []
        self.refusal: Exception | None = None

    def _rejoin(self) -> None:
        self.rejoined += 1

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.begins.get(tp, 0) for tp in tps}

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.ends.get(tp, 100) for tp in tps}

    async def committed(self, tp: TopicPartition) -> int | None:
        return self.offsets.get(tp)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await asyncio.sleep(0)
        if self.refusal is not None:
            raise self.refusal
        self.commits.append(dict(offsets))
        self.offsets.update(offsets)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.sought[tp] = offset

    async def position(self, tp: TopicPartition) -> int:
        return self.sought[tp]

    def highwater(self, tp: TopicPartition) -> int:
        assert tp in self.assigned, "Partition is not assigned"
        return 100

    async def getmany(self, *tps: TopicPartition, timeout_ms: int) -> dict[TopicPartition, object]:
        await asyncio.Event().wait()
        return {}
