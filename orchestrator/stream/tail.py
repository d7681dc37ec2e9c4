"""Following topics from outside the group: every worker sees every record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from orchestrator.stream.records import RawRecord
from orchestrator.stream.refusals import AWAY
from orchestrator.stream.restore import committed_reader, reached

logger = logging.getLogger(__name__)

RETRY_S = 1.0
GATHERED_BYTES = 1024 * 1024

OnRecords = Callable[[str, int, list[RawRecord]], None]
"""Called with (topic, partition, records) in offset order; must not block."""


class Tail:
    """Reads all partitions of some topics, from their beginning or from now on, for ever.

    Contract: `start` returns once what stood in the topics read from the beginning has been handed
    over, and new records will be seen. Kafka's errors are waited out; reading goes on where it was.
    """

    def __init__(
        self,
        client_settings: Mapping[str, Any],
        *,
        partitions: int,
        whole: Sequence[str],
        news: Sequence[str],
        on_records: OnRecords,
        gather_ms: int = 0,
    ) -> None:
        """`whole`: topics read from their beginning, `news`: from now on; all of `partitions`.

        `gather_ms`: how long Kafka may keep what is new, to give more of it at once.
        """
        self._settings = dict(client_settings)
        if gather_ms:
            self._settings |= {"fetch_max_wait_ms": gather_ms, "fetch_min_bytes": GATHERED_BYTES}
        self._whole = frozenset(whole)
        self._tps = [TopicPartition(t, n) for t in (*whole, *news) for n in range(partitions)]
        self._on_records = on_records
        self._positions: dict[TopicPartition, int] = {}
        self._caught_up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to follow, and catch up. Raises what `on_records` raises meanwhile."""
        self._task = asyncio.create_task(self._follow(), name="tail")
        self._task.add_done_callback(_report)
        caught_up = asyncio.ensure_future(self._caught_up.wait())
        try:
            await asyncio.wait({self._task, caught_up}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            caught_up.cancel()
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            reader = committed_reader(self._settings)
            try:
                await reader.start()
                await self._read(reader)
            except AWAY as error:
                logger.warning(
                    "following %s failed, trying again: %r",
                    sorted({tp.topic for tp in self._tps}),
                    error,
                )
                await asyncio.sleep(RETRY_S)
            finally:
                await reader.stop()

    async def _read(self, reader: AIOKafkaConsumer) -> None:
        ends = await self._seek(reader)
        while True:
            if not self._caught_up.is_set() and await reached(reader, ends):
                self._caught_up.set()
            for tp, records in (await reader.getmany(timeout_ms=1_000)).items():
                self._on_records(tp.topic, tp.partition, records)
                self._positions[tp] = records[-1].offset + 1

    async def _seek(self, reader: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        tps = self._tps
        reader.assign(tps)
        begins = await reader.beginning_offsets(tps)
        ends: dict[TopicPartition, int] = await reader.end_offsets(tps)
        for tp in tps:
            start = self._positions.setdefault(
                tp, (begins if tp.topic in self._whole else ends)[tp]
            )
            reader.seek(tp, max(begins[tp], start))
        return ends


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("following has ended, what is shown stands still", exc_info=error)
