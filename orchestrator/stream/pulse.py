"""Does Kafka answer, and where do its logs end? Asked in the background, told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from orchestrator.stream.refusals import AWAY

PERIOD_S = 1.0
SILENT_AFTER_S = 3.5
"""Who looks once a second sees within five seconds that Kafka is away."""


class Pulse:
    """Asks for the ends of all partitions of a topic, once a second."""

    def __init__(self, client_settings: Mapping[str, Any], topic: str, partitions: int) -> None:
        self._settings = client_settings
        self._tps = [TopicPartition(topic, number) for number in range(partitions)]
        self._ends: dict[TopicPartition, int] = {}
        self._answered_at: float | None = None
        self._trouble = "not asked yet"
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to ask."""
        self._task = asyncio.create_task(self._run(), name="kafka pulse")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def end(self) -> int:
        """The sum of the ends of the partitions, as last told: records ever written to them."""
        return sum(self._ends.values())

    def ends(self) -> dict[int, int]:
        """The ends by partition, as last told; those not told yet are 0."""
        return {tp.partition: self._ends.get(tp, 0) for tp in self._tps}

    def trouble(self) -> str | None:
        """None while Kafka answers, else since when and why it does not."""
        if self._answered_at is None:
            return self._trouble
        silent_s = asyncio.get_running_loop().time() - self._answered_at
        if silent_s < SILENT_AFTER_S:
            return None
        return f"no answer for {silent_s:.0f} s: {self._trouble}"

    async def _run(self) -> None:
        while True:
            reader = AIOKafkaConsumer(**self._settings)
            try:
                await reader.start()
                await self._ask(reader)
            except AWAY as error:
                self._trouble = repr(error)
                await asyncio.sleep(PERIOD_S)
            finally:
                await reader.stop()

    async def _ask(self, reader: AIOKafkaConsumer) -> None:
        while True:
            self._trouble = "waiting for an answer"
            self._ends = await reader.end_offsets(self._tps)
            self._answered_at = asyncio.get_running_loop().time()
            await asyncio.sleep(PERIOD_S)
