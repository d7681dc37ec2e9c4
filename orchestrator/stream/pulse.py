"""Does Kafka answer, and where do its logs end? Asked in the background, told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

PERIOD_S = 1.0
SILENT_AFTER_S = 4.0


class Pulse:
    """Asks for the ends of all partitions of some topics, once a second."""

    def __init__(self, client_settings: Mapping[str, Any], topics: Sequence[str]) -> None:
        self._settings = client_settings
        self._topics = topics
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

    def end(self, topic: str) -> int:
        """The sum of the ends of a topic's partitions, as last told: records ever written to it."""
        return sum(end for tp, end in self._ends.items() if tp.topic == topic)

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
            except KafkaError as error:
                self._trouble = repr(error)
                await asyncio.sleep(PERIOD_S)
            finally:
                await reader.stop()

    async def _ask(self, reader: AIOKafkaConsumer) -> None:
        await reader.topics()
        tps = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in reader.partitions_for_topic(topic) or ()
        ]
        while True:
            self._trouble = "waiting for an answer"
            self._ends = await reader.end_offsets(tps)
            self._answered_at = asyncio.get_running_loop().time()
            await asyncio.sleep(PERIOD_S)
