"""Faust tables kept by partition: written by whole batches, restored by whole partitions.

Faust's own tables send their changelog behind the writer's back and recover through the group's
consumer (what that costs is in docs/adr/0002-own-transport.md). Here the writer awaits the
changelog first, and a partition is restored before its first record is handed out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

import faust
from aiokafka import TopicPartition
from faust.tables.manager import TableManager
from faust.types import TP, AppT

from orchestrator.errors import OwnershipLost, StreamError
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.refusals import AWAY
from orchestrator.stream.restore import restore
from orchestrator.stream.starts import Span

logger = logging.getLogger(__name__)

RETRY_S = 1.0


Verify = Callable[[int, Mapping[bytes, bytes], Span], None]
"""Called with (partition, its restored rows, the span of its source). Raises StreamError if they do
not belong together, with what to do."""


class PartitionTable(faust.Table[bytes, bytes]):
    """Bytes by key, one dict a partition, in a compacted changelog of as many partitions.

    `source` is the topic whose owner owns the table's partition of the same number.
    Contract: send `changelog(changes)` and await it, then `apply(partition, changes)`.
    """

    def __init__(
        self, app: AppT, *, name: str, changelog: str, source: str, verify: Verify | None = None
    ) -> None:
        super().__init__(
            app, name=name, key_type=bytes, value_type=bytes, changelog_topic=app.topic(changelog)
        )
        self.changelog = changelog
        self.source = source
        self.verify = verify or _unverified
        self._partitions: dict[int, dict[bytes, bytes]] = {}

    def partition(self, number: int) -> Mapping[bytes, bytes]:
        """The rows of one partition. Raises OwnershipLost if it is not this worker's now."""
        try:
            return self._partitions[number]
        except KeyError:
            raise OwnershipLost(f"partition {number} of table {self.name} is not here") from None

    def owned(self) -> Iterator[int]:
        """The partitions that are here and whole."""
        return iter(sorted(self._partitions))

    @staticmethod
    def records(changes: Mapping[bytes, bytes | None]) -> list[Record]:
        """What the changelog is sent: the new rows, None for a row that goes."""
        return [Record(key, value) for key, value in changes.items()]

    def apply(self, number: int, changes: Mapping[bytes, bytes | None]) -> None:
        """Make acknowledged changes visible. Raises OwnershipLost."""
        rows = cast("dict[bytes, bytes]", self.partition(number))
        for key, value in changes.items():
            if value is None:
                rows.pop(key, None)
            else:
                rows[key] = value

    def drop(self, number: int) -> None:
        """Forget a partition that has gone to another worker."""
        self._partitions.pop(number, None)

    def adopt(self, number: int, rows: dict[bytes, bytes]) -> None:
        """Take a restored partition."""
        self._partitions[number] = rows

    def __hash__(self) -> int:
        return object.__hash__(self)


class PartitionTables(TableManager):
    """Faust's table manager, with recovery by partition and outside the group's consumer.

    `remaining`: offsets that a restore under way has still to read.
    """

    remaining = 0

    async def on_start(self) -> None:
        """Nothing is declared or read here: topics are made by `topics`, rows come by `restore`."""
        self._tables_finalized.set()
        self._tables_registered.set()

    async def on_stop(self) -> None:
        """Nothing to stop: a restore under way is cancelled by the consumer."""

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Rows stay until it is known who owns the partitions next."""

    async def on_rebalance(
        self,
        assigned: set[TP],
        revoked: set[TP],
        newly_assigned: set[TP],
        generation_id: int = 0,
    ) -> None:
        """The consumer calls `retain` and `restore`, which know about generations."""

    async def wait_until_recovery_completed(self) -> bool:
        """Do not hold up the web server: readiness is told by /health/ready."""
        return False

    def retain(self, kept: Iterable[TP]) -> None:
        """Drop every partition whose source is not in `kept`."""
        keep = set(kept)
        for table in self._own():
            for number in list(table.owned()):
                if TP(table.source, number) not in keep:
                    table.drop(number)

    async def restore(self, client_settings: Mapping[str, Any], sources: Iterable[TP]) -> int:
        """Restore the tables' partitions that belong to `sources`; returns the records read.

        Retries for ever on Kafka's errors, each time from the beginning.
        """
        wanted = set(sources)
        tables = {t.changelog: t for t in self._own()}
        tps = [
            TopicPartition(t.changelog, number)
            for t in tables.values()
            for topic, number in wanted
            if topic == t.source
        ]
        while True:
            rows: dict[TopicPartition, dict[bytes, bytes]] = {tp: {} for tp in tps}
            try:
                count = await restore(client_settings, tps, _collector(rows), self._remains)
            except AWAY as error:
                logger.warning("restoring tables failed, trying again: %r", error)
                await asyncio.sleep(RETRY_S)
                continue
            finally:
                self.remaining = 0
            for tp, partition_rows in rows.items():
                tables[tp.topic].adopt(tp.partition, partition_rows)
            return count

    def _remains(self, offsets: int) -> None:
        self.remaining = offsets

    def verify(self, sources: Mapping[TP, Span]) -> None:
        """Hold what was restored against the logs that it was made from.

        Raises StreamError, of the first that do not belong together, with what all of them say.
        """
        faults = []
        for table in self._own():
            for number in table.owned():
                span = sources.get(TP(table.source, number))
                if span is None:
                    continue
                try:
                    table.verify(number, table.partition(number), span)
                except StreamError as fault:
                    faults.append(fault)
        if faults:
            raise type(faults[0])(" ".join(map(str, faults)))

    def changelogs(self) -> list[str]:
        """The topics that the tables are restored from."""
        return sorted(table.changelog for table in self._own())

    def _own(self) -> list[PartitionTable]:
        return [table for table in self.values() if isinstance(table, PartitionTable)]


def _unverified(_partition: int, _rows: Mapping[bytes, bytes], _source: Span) -> None:
    """There are tables whose rows do not say how far they have come."""


def _collector(rows: dict[TopicPartition, dict[bytes, bytes]]) -> Any:
    def collect(topic: str, partition: int, records: list[RawRecord]) -> None:
        target = rows[TopicPartition(topic, partition)]
        for record in records:
            if record.value is None:
                target.pop(record.key or b"", None)
            else:
                target[record.key or b""] = record.value

    return collect
