"""Outcomes and dead letters in, figures out: each record counted once, whatever crashes."""

from collections.abc import Callable
from typing import Any

import msgspec
from faust.types import StreamT

from orchestrator.core.counters import encode_counters
from orchestrator.core.outcomes import decode_outcome
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.records import RawRecord
from orchestrator.stream.runner import each_batch
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import DEAD_LETTERS, OUTCOMES
from tables.statistics import DEAD_LETTERS_ROW, OUTCOMES_ROW, load_row

UNREADABLE = "unreadable"


def outcomes_agent(app: StreamApp, statistics: PartitionTable) -> None:
    """Count how actions ended."""
    _counting_agent(app, statistics, OUTCOMES, OUTCOMES_ROW, _outcome)


def dead_letters_agent(app: StreamApp, statistics: PartitionTable) -> None:
    """Count what was refused, by reason."""
    _counting_agent(app, statistics, DEAD_LETTERS, DEAD_LETTERS_ROW, _reason)


def _counting_agent(
    app: StreamApp,
    statistics: PartitionTable,
    topic: str,
    row: bytes,
    label: Callable[[RawRecord], str],
) -> None:
    async def count_batch(batch: Batch) -> None:
        counters = load_row(statistics, batch.partition, row)
        for record in batch.records:
            counters.count(record.offset, label(record))
        changes = {row: encode_counters(counters)}
        await app.batch_producer.write(
            batch.partition, {statistics.changelog: statistics.records(changes)}
        )
        statistics.apply(batch.partition, changes)

    @app.agent(app.source(topic), name=f"count {topic}")
    async def count(stream: StreamT[Any]) -> None:
        await each_batch(stream, count_batch)


def _outcome(record: RawRecord) -> str:
    try:
        return decode_outcome(record.value or b"").outcome
    except msgspec.DecodeError:
        return UNREADABLE


def _reason(record: RawRecord) -> str:
    return dict(record.headers).get("reason", UNREADABLE.encode()).decode(errors="replace")
