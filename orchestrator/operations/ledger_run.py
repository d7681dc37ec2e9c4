"""Reading the ledger from Kafka alone, and waiting until what is in flight is explained."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from orchestrator.core.ledger import Ledger, Reading, settled
from orchestrator.operations.progress import Progress
from orchestrator.read_model.ledger_reader import LedgerReader, ledger_reader
from orchestrator.read_model.totals import Totals
from orchestrator.read_model.waiting_table import WaitingTable
from orchestrator.stream.records import RawRecord
from orchestrator.stream.tail import Tail
from orchestrator.stream.topic_reader import partition_count, reader
from orchestrator.topics import DELIVERIES_CHANGELOG, EVENTS, STATISTICS_CHANGELOG

WHOLE = (STATISTICS_CHANGELOG, DELIVERIES_CHANGELOG)
LOOK_EVERY_S = 1.0


async def settled_ledger(
    kafka: Mapping[str, Any], group: str, within_s: float, progress: Progress
) -> Ledger:
    """The ledger of the cluster whose workers share `group`.

    Looks until each row has been seen explained, at most `within_s` after the first look; a row is
    as it was then, or, if it never was, as it was last. Raises StreamError, KafkaError.
    """
    async with _reader(kafka, group, progress) as source:
        ledger = await source.look()
        began = _now()
        while ledger.unexplained() and (waited := _now() - began) < within_s:
            progress.reached("seconds waited for what is in flight", int(waited), int(within_s))
            await asyncio.sleep(min(LOOK_EVERY_S, within_s - waited))
            ledger = settled(ledger, await source.look())
        return ledger


@asynccontextmanager
async def _reader(
    kafka: Mapping[str, Any], group: str, progress: Progress
) -> AsyncIterator[LedgerReader]:
    changelogs = _Changelogs(progress, await _records_in(kafka))
    partitions = await partition_count(kafka, EVENTS)
    tail = Tail(kafka, partitions=partitions, whole=WHOLE, news=(), on_records=changelogs.take)
    try:
        await tail.start()
        async with ledger_reader(kafka, group, changelogs.reading, partitions) as source:
            yield source
    finally:
        await tail.stop()


class _Changelogs:
    """What the workers have counted, and the rows of what waits: read from the changelogs."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._done, self._total = 0, total
        self._totals, self._waiting = Totals(), WaitingTable()

    def take(self, topic: str, _partition: int, records: list[RawRecord]) -> None:
        rows = self._totals if topic == STATISTICS_CHANGELOG else self._waiting
        for record in records:
            rows.on_record(record)
        self._done += len(records)
        if self._done < self._total:
            self._progress.reached("records of changelogs read", self._done, self._total)

    def reading(self) -> Reading:
        # Not the rows that the workers say there are: those that are there.
        return replace(self._totals.reading(), waiting=self._waiting.counts())


async def _records_in(kafka: Mapping[str, Any]) -> int:
    """About how many records there are to read."""
    total = 0
    for topic in WHOLE:
        async with reader(kafka, topic) as source:
            total += sum(span.end - span.begin for span in (await source.spans()).values())
    return total


def _now() -> float:
    return asyncio.get_running_loop().time()
