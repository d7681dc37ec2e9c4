"""Actions in, calls out: one agent an actions topic, one desk a downstream service."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from faust.types import StreamT

from agents.ports import Host, Writer
from agents.traces import DeliverTraces
from orchestrator.clock import Clock
from orchestrator.core.actions import Outcome, Service, decode_action
from orchestrator.core.dead_letters import ACTION_SOURCE, dead_letter, is_replay
from orchestrator.core.erasures import decode_erasure, is_erasure
from orchestrator.core.ids import learner_key
from orchestrator.core.outcomes import encode_outcome
from orchestrator.core.refusals import Refusal
from orchestrator.delivery.arrivals import Arrival, ErasureArrival
from orchestrator.delivery.desk import Desk
from orchestrator.delivery.rows import Settled
from orchestrator.delivery.waiting_rows import count_waiting, growth
from orchestrator.read_model.action_topics import KINDS_IN
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.flow import Pace
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.runner import each_batch
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import DEAD_LETTERS, OUTCOMES, STATISTICS_CHANGELOG
from tables.statistics import WAITING_ROWS

REFUSAL_OF = {
    Outcome.REJECTED: Refusal.REJECTED,
    Outcome.FAILED: Refusal.UNDELIVERABLE,
}
"""Ends that are kept as dead letters, and by which reason."""

ABREAST = Pace(abreast=8)
"""What has come must not wait until the ends of what came before are written. The desk keeps the
order of each learner's actions."""


def deliver_agent(
    app: StreamApp, topic: str, *, desk: Desk, clock: Clock, traces: DeliverTraces | None = None
) -> None:
    """Add the agent of one actions topic to the app.

    A batch is done when each of its actions has its outcome or waits durably. Cut short before,
    its actions come again, and the desk knows them.
    """

    async def deliver_batch(batch: Batch) -> None:
        await take_on(app.writer, desk, batch.records, clock.now(), traces)

    @app.agent(app.source(topic, ABREAST), name=f"deliver {topic}")
    async def deliver(stream: StreamT[Any]) -> None:
        await each_batch(stream, deliver_batch)


async def take_on(
    writer: Writer,
    desk: Desk,
    records: Sequence[RawRecord],
    now: datetime,
    traces: DeliverTraces | None = None,
) -> None:
    """Give a batch of one partition to the desk; what is no action becomes a dead letter.

    Nor is it an erasure, which stands among the actions of its learner.

    Raises OwnershipLost, KafkaError.
    """
    number = records[0].partition
    arrivals, letters = _read(records, now)
    if traces is not None:
        traces.taken(records, arrivals)
    await desk.take(number, arrivals, records[0].topic)
    if letters:
        await writer.write(number, {DEAD_LETTERS: letters})


class DeliveryStore:
    """The Store of the desks: the deliveries table, the outcomes and the dead letters."""

    def __init__(self, app: Host, table: PartitionTable) -> None:
        self._app = app
        self._table = table
        self._waiting: dict[int, Counter[Service]] = {}

    async def open(self, partition: int) -> None:
        """Count what waits in a partition that is restored, and tell it. Raises KafkaError."""
        self._waiting[partition] = count_waiting(self._table.partition(partition))
        told = _told({service: self._waiting[partition][service] for service in Service})
        await self._app.writer.write(partition, {STATISTICS_CHANGELOG: told})

    def rows(self, partition: int) -> Mapping[bytes, bytes]:
        """The rows of a partition. Raises OwnershipLost."""
        return self._table.partition(partition)

    async def write(
        self,
        partition: int,
        rows: Mapping[bytes, bytes | None],
        settled: Sequence[Settled] = (),
    ) -> None:
        """Write the rows to the changelog, with how many actions wait then; then the outcomes, and
        a dead letter for what was refused for good; then the rows to the table.
        """
        grown = growth(self._table.partition(partition), rows)
        waiting = self._waiting.setdefault(partition, Counter())
        told = _told({each: waiting[each] + count for each, count in grown.items()})
        await self._app.writer.write(
            partition,
            {self._table.changelog: self._table.records(rows), STATISTICS_CHANGELOG: told},
            _ends(settled),
        )
        self._table.apply(partition, rows)
        waiting.update(grown)  # only now: what was broken off is written once more


class DeskClaim:
    """The desks follow the ownership of the actions topics' partitions."""

    def __init__(self, desks: Sequence[Desk], store: DeliveryStore) -> None:
        self._desks = desks
        self._store = store

    async def acquire(self, partition: int) -> None:
        """The tables are restored: go on with what waits."""
        await self._store.open(partition)
        for desk in self._desks:
            await desk.open(partition)

    async def release(self, partition: int) -> None:
        """Break off what is under way."""
        for desk in self._desks:
            await desk.close(partition)


def _read(
    records: Sequence[RawRecord], now: datetime
) -> tuple[list[Arrival | ErasureArrival], list[Record]]:
    """The actions and erasures, and a dead letter for each record that is neither."""
    arrivals: list[Arrival | ErasureArrival] = []
    letters = []
    for record in records:
        try:
            arrivals.append(_erasure(record) if is_erasure(record.headers) else _action(record))
        except (msgspec.DecodeError, RecursionError) as error:
            source = f"kafka:{record.topic}:{record.partition}:{record.offset}"
            raw = record.value or b""
            letter = dead_letter(raw, Refusal.UNDELIVERABLE, str(error), source, now)
            letters.append(Record(*letter))
    return arrivals, letters


def _action(record: RawRecord) -> Arrival:
    action = decode_action(record.value or b"")
    key = learner_key(action.tenant_id, action.learner_id)
    return Arrival(key, record.offset, action, is_replay(record.headers))


def _erasure(record: RawRecord) -> ErasureArrival:
    erasure = decode_erasure(record.value or b"")
    key = learner_key(erasure.tenant_id, erasure.learner_id)
    return ErasureArrival(key, record.offset, erasure.offset, KINDS_IN[record.topic])


def _ends(settled: Sequence[Settled]) -> dict[str, list[Record]]:
    outcomes = [_outcome_record(each) for each in settled]
    letters = [_letter(each) for each in settled if each.outcome.outcome in REFUSAL_OF]
    return {OUTCOMES: outcomes, DEAD_LETTERS: letters} if settled else {}


def _outcome_record(settled: Settled) -> Record:
    outcome = settled.outcome
    return Record(learner_key(outcome.tenant_id, outcome.learner_id), encode_outcome(outcome))


def _told(waiting: Mapping[Service, int]) -> list[Record]:
    return [Record(WAITING_ROWS[service], b"%d" % count) for service, count in waiting.items()]


def _letter(settled: Settled) -> Record:
    """The action, and what the service said: the detail quotes the beginning, a header has more."""
    outcome = settled.outcome
    reason, source = REFUSAL_OF[outcome.outcome], f"{ACTION_SOURCE}{outcome.action_id}"
    letter = dead_letter(settled.raw, reason, outcome.detail, source, outcome.at)
    response = (("response", settled.response),) if settled.response else ()
    return Record(letter.key, letter.value, letter.headers + response)
