"""What stands in topics beyond the group's committed offsets, read from outside the group."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import committed_reader, read_until

FETCHED_AT_ONCE = 256 * 1024
"""Bytes of a partition: between two looks nothing more than that is held."""

COORDINATED_WITHIN_S = 20.0
RETRY_S = 0.5

COORDINATOR_AWAY = (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

Places = Mapping[TopicPartition, int]


class Look(NamedTuple):
    """`committed`: how far the group is, by then. `ends`: of the partitions that are not read."""

    committed: Places
    ends: Places


class Unhandled:
    """Reads `topics` from where the group has committed, a look at a time; asks for ends of others.

    Each record is handed over at most once, and none that was committed before the look.
    """

    def __init__(
        self,
        client_settings: Mapping[str, Any],
        group: str,
        *,
        topics: Iterable[str],
        ends_of: Iterable[str],
        partitions: int,
    ) -> None:
        self._group = group
        self._read = [TopicPartition(topic, n) for topic in topics for n in range(partitions)]
        self._asked = [TopicPartition(topic, n) for topic in ends_of for n in range(partitions)]
        self._admin = AIOKafkaAdminClient(**client_settings)
        self._consumer = committed_reader(
            client_settings, max_partition_fetch_bytes=FETCHED_AT_ONCE
        )

    async def __aenter__(self) -> Self:
        """Connect. Raises KafkaError."""
        try:
            await self._admin.start()
            await self._consumer.start()
            self._consumer.assign(self._read)
            self._consumer.pause(*self._read)
            for tp, begin in (await self._consumer.beginning_offsets(self._read)).items():
                self._consumer.seek(tp, begin)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._consumer.stop()
        await self._admin.close()

    async def look(self, on_records: Callable[[TopicPartition, list[RawRecord]], None]) -> Look:
        """Hand over what is new beyond the committed offsets, by partition in order of offsets.

        Raises KafkaError; the next look goes on where this one broke off.
        """
        for tp, offset in (await self._committed()).items():
            if offset > await self._consumer.position(tp):
                self._consumer.seek(tp, offset)
        await self._read_to(await self._consumer.end_offsets(self._read), on_records)
        return Look(await self._committed(), await self._consumer.end_offsets(self._asked))

    async def _read_to(
        self, ends: Places, on_records: Callable[[TopicPartition, list[RawRecord]], None]
    ) -> None:
        behind = {tp: end for tp, end in ends.items() if await self._consumer.position(tp) < end}
        if not behind:
            return
        self._consumer.resume(*behind)
        await read_until(
            self._consumer,
            behind.copy(),
            lambda topic, number, records: on_records(TopicPartition(topic, number), records),
        )
        self._consumer.pause(*behind)

    async def _committed(self) -> Places:
        """A group has no coordinator at the very beginning, and for a while when a broker goes."""
        deadline = asyncio.get_running_loop().time() + COORDINATED_WITHIN_S
        while True:
            try:
                found = await self._admin.list_consumer_group_offsets(
                    self._group, partitions=self._read
                )
            except COORDINATOR_AWAY:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(RETRY_S)
            else:
                return {tp: each.offset for tp, each in found.items() if each.offset >= 0}
