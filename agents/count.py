"""Outcomes and dead letters in, figures out: each record counted once, whatever crashes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog
from faust.types import StreamT

from orchestrator.clock import Clock
from orchestrator.core.actions import Outcome
from orchestrator.core.counters import LabelCounters, encode_counters
from orchestrator.core.events import FailedSuggestion, LevelSuggestionFailed, encode_event
from orchestrator.core.ids import EventId, learner_key
from orchestrator.core.levels import Level
from orchestrator.core.outcomes import ActionOutcome, decode_outcome
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.runner import each_batch
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import DEAD_LETTERS, EVENTS, OUTCOMES
from tables.statistics import DEAD_LETTERS_ROW, OUTCOME_ROWS, load_row

log = structlog.get_logger(__name__)

UNREADABLE = "unreadable"

UNDELIVERED = frozenset({Outcome.REJECTED, Outcome.EXPIRED, Outcome.FAILED})
"""How a level suggestion can end without having arrived; a superseded one has a successor."""


def outcomes_agent(app: StreamApp, statistics: PartitionTable, clock: Clock) -> None:
    """Count how actions ended, each once, and tell the decide agent of levels that did not arrive.

    The event goes to the learner's own partition, so that a replay sees it in its place.
    """

    async def count_batch(batch: Batch) -> None:
        number = batch.partition
        counters = {row: load_row(statistics, number, row) for row in OUTCOME_ROWS.values()}
        failures = []
        for outcome in _outcomes(batch.records):
            fresh = counters[OUTCOME_ROWS[outcome.service]].count(outcome.serial, outcome.outcome)
            if fresh and outcome.permanent_level and outcome.outcome in UNDELIVERED:
                failures.append(_level_failed(outcome, clock.now()))
        await app.batch_producer.write(number, {EVENTS: failures})
        await _save(app, statistics, number, counters)

    @app.agent(app.source(OUTCOMES), name="outcomes")
    async def outcomes(stream: StreamT[Any]) -> None:
        await each_batch(stream, count_batch)


def dead_letters_agent(app: StreamApp, statistics: PartitionTable) -> None:
    """Count what was refused, by reason."""

    async def count_batch(batch: Batch) -> None:
        counters = load_row(statistics, batch.partition, DEAD_LETTERS_ROW)
        for record in batch.records:
            counters.count(record.offset, _reason(record))
        await _save(app, statistics, batch.partition, {DEAD_LETTERS_ROW: counters})

    @app.agent(app.source(DEAD_LETTERS), name="dead letters")
    async def dead_letters(stream: StreamT[Any]) -> None:
        await each_batch(stream, count_batch)


async def _save(
    app: StreamApp,
    statistics: PartitionTable,
    partition: int,
    counters: Mapping[bytes, LabelCounters],
) -> None:
    changes = {row: encode_counters(each) for row, each in counters.items()}
    await app.batch_producer.write(partition, {statistics.changelog: statistics.records(changes)})
    statistics.apply(partition, changes)


def _outcomes(records: Sequence[RawRecord]) -> Iterator[ActionOutcome]:
    for record in records:
        try:
            yield decode_outcome(record.value or b"")
        except msgspec.DecodeError as error:
            where = f"{record.topic}:{record.partition}:{record.offset}"
            log.warning("an outcome is unreadable", record=where, error=str(error))


def _level_failed(outcome: ActionOutcome, now: datetime) -> Record:
    event = LevelSuggestionFailed(
        id=EventId(f"failed:{outcome.action_id}"),
        tenant_id=outcome.tenant_id,
        learner_id=outcome.learner_id,
        timestamp=outcome.created_at,
        received_at=now,
        correlation_id=outcome.correlation_id,
        data=FailedSuggestion(
            action_id=outcome.action_id,
            outcome=outcome.outcome,
            delivered_level=Level(outcome.delivered_level) if outcome.delivered_level else None,
        ),
    )
    return Record(learner_key(event.tenant_id, event.learner_id), encode_event(event))


def _reason(record: RawRecord) -> str:
    return dict(record.headers).get("reason", UNREADABLE.encode()).decode(errors="replace")
