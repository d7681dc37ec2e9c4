"""Outcomes and dead letters in, figures out: each record counted once, whatever crashes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from faust.types import StreamT

from agents.ports import Host
from orchestrator.clock import Clock
from orchestrator.core.actions import Outcome
from orchestrator.core.counters import encode_counters
from orchestrator.core.dead_letters import dead_letter
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import FailedSuggestion, LevelSuggestionFailed
from orchestrator.core.ids import EventId, learner_key
from orchestrator.core.levels import Level
from orchestrator.core.outcomes import ActionOutcome, decode_outcome
from orchestrator.core.refusals import Refusal
from orchestrator.read_model.counted import count_letter, count_outcome, source_of
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.flow import Pace
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.runner import each_batch
from orchestrator.stream.tables import PartitionTable
from orchestrator.stream.writing import done_with
from orchestrator.topics import DEAD_LETTERS, EVENTS, OUTCOMES
from tables.statistics import DEAD_LETTERS_ROW, OUTCOME_ROWS, load_letters, load_row

UNDELIVERED = frozenset({Outcome.REJECTED, Outcome.EXPIRED, Outcome.FAILED})
"""How a level suggestion can end without having arrived; a superseded one has a successor."""

LATE = Pace(gather_s=0.25)
"""How late figures may be: one batch a quarter of a second, instead of one an outcome."""


def outcomes_agent(app: StreamApp, statistics: PartitionTable, clock: Clock) -> None:
    """Count how actions ended, each once, and tell the decide agent of levels that did not arrive.

    The event goes to the learner's own partition, so that a replay sees it in its place.
    """

    async def count_batch(batch: Batch) -> None:
        await count_outcomes(app, statistics, batch.records, clock.now())

    @app.agent(app.source(OUTCOMES, LATE), name="outcomes")
    async def outcomes(stream: StreamT[Any]) -> None:
        await each_batch(stream, count_batch)


def dead_letters_agent(app: StreamApp, statistics: PartitionTable) -> None:
    """Count what was refused, by reason."""

    async def count_batch(batch: Batch) -> None:
        await count_dead_letters(app, statistics, batch.records)

    @app.agent(app.source(DEAD_LETTERS, LATE), name="dead letters")
    async def dead_letters(stream: StreamT[Any]) -> None:
        await each_batch(stream, count_batch)


async def count_outcomes(
    app: Host, statistics: PartitionTable, records: Sequence[RawRecord], now: datetime
) -> None:
    """Count a batch of one partition. Cut short, it may be done again: see ActionOutcome.serial.

    What is no outcome becomes a dead letter. Raises OwnershipLost, KafkaError, StreamError.
    """
    number = records[0].partition
    counters = {row: load_row(statistics, number, row) for row in OUTCOME_ROWS.values()}
    failures, letters = [], []
    for record in records:
        try:
            outcome = decode_outcome(record.value or b"")
        except (msgspec.DecodeError, RecursionError) as error:
            letters.append(_unreadable(record, str(error), now))
            continue
        fresh = count_outcome(counters[OUTCOME_ROWS[outcome.service]], outcome)
        if fresh and outcome.permanent_level and outcome.outcome in UNDELIVERED:
            failures.append(_level_failed(outcome, now))
    if failures:
        await app.sender.send(EVENTS, failures, partition=number)
    changes = {row: encode_counters(each) for row, each in counters.items()}
    await app.writer.write(
        number,
        {DEAD_LETTERS: letters},
        {statistics.changelog: statistics.records(changes)},
        done=done_with(records),
    )
    statistics.apply(number, changes)


async def count_dead_letters(
    app: Host, statistics: PartitionTable, records: Sequence[RawRecord]
) -> None:
    """Count a batch of one partition, each source once. Raises OwnershipLost, KafkaError."""
    number = records[0].partition
    counters = load_letters(statistics, number)
    for record in records:
        if (letter := source_of(record)) is not None:
            count_letter(counters, letter)
    changes = {DEAD_LETTERS_ROW: encode_counters(counters)}
    await app.writer.write(
        number, {statistics.changelog: statistics.records(changes)}, done=done_with(records)
    )
    statistics.apply(number, changes)


def _unreadable(record: RawRecord, why: str, now: datetime) -> Record:
    source = f"kafka:{record.topic}:{record.partition}:{record.offset}"
    return Record(*dead_letter(record.value or b"", Refusal.UNDELIVERABLE, why, source, now))


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
            delivered_level=_level(outcome.delivered_level),
        ),
    )
    return Record(learner_key(event.tenant_id, event.learner_id), encode_event(event))


def _level(name: str | None) -> Level | None:
    """None also for a level that is none of ours: another program may have suggested it."""
    return next((level for level in Level if level == name), None)
