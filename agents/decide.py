"""Events in, decisions out: each learner's state moves on, and what it calls for is written."""

from collections import defaultdict
from collections.abc import Sequence
from time import perf_counter
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import structlog
from faust.types import StreamT

from agents.hide import hide_letters
from agents.ports import Host
from agents.traces import BatchTrace, DecideTraces
from agents.unwritten import Unwritten
from orchestrator.clock import Clock
from orchestrator.core.actions import encode_action
from orchestrator.core.decisions import DecisionBatch, encode_decisions
from orchestrator.core.erasures import ERASURE, Erasure, encode_erasure
from orchestrator.core.fold import COUNTERS_KEY, Folded, fold
from orchestrator.core.fold import Batch as FoldBatch
from orchestrator.core.ids import learner_key
from orchestrator.core.policy_records import CONTROL_KEY, PolicyActivated, encode_control
from orchestrator.errors import UnknownPolicy
from orchestrator.guarantee import Guarantee
from orchestrator.observability.sparse import Sparse
from orchestrator.observability.traceparent import trace_fields
from orchestrator.read_model.action_topics import KINDS_IN, TOPIC_OF
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.stream.app import StreamApp
from orchestrator.stream.batch import Batch
from orchestrator.stream.flow import ONE_BY_ONE, Pace, PartitionFlow
from orchestrator.stream.records import Headers, RawRecord, Record
from orchestrator.stream.runner import each_batch
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import DEAD_LETTERS, DECISIONS, EVENTS
from tables.statistics import DECIDE_ROW

log = structlog.get_logger(__name__)


class DecideObserver(Protocol):
    """Who counts; told after a batch is durable."""

    def on_decided(self, folded: Folded, events: int, seconds: float) -> None:
        """A batch of `events` records has been decided and written, within so many seconds."""
        ...


def decide_agent(
    app: StreamApp,
    *,
    learner_state: PartitionTable,
    statistics: PartitionTable,
    policies: KnownPolicies,
    clock: Clock,
    observer: DecideObserver,
    partitions: int,
    traces: DecideTraces | None = None,
) -> None:
    """Add the agent to the app. `partitions`: how many the topics have.

    The order of the writes is the promise: actions first, state after them, table and offset last.
    A crash in between decides the same events again, to the same actions with the same ids. (Under
    exactly once actions, state and offset are one, and there is no between.)
    """

    ahead: WeakKeyDictionary[PartitionFlow, Unwritten] = WeakKeyDictionary()
    lines = Sparse()

    async def decide_batch(batch: Batch) -> None:
        unwritten = ahead.setdefault(batch.flow, Unwritten())
        async with unwritten.whole_batch():
            if traces is None:
                await in_turn(batch, unwritten)
            else:
                with traces.batch(batch.records) as trace:
                    await in_turn(batch, unwritten, trace)

    async def in_turn(batch: Batch, unwritten: Unwritten, trace: BatchTrace | None = None) -> None:
        async with unwritten.turn():
            began = perf_counter()
            folded = await fold_when_known(batch, unwritten)
            await note_policy(app, batch.partition, folded)
            await hide_letters(app.sender, folded, batch.partition, partitions)
            unwritten.put(folded.changes)
        # Nothing is awaited in between: what is built on this batch may not be written first.
        headers = () if trace is None else trace.decided(folded)
        await write_down(app, learner_state, statistics, batch.records, folded, headers)
        unwritten.drop(folded.changes)
        if folded.dead_letters:
            _tell(folded, lines)
        observer.on_decided(folded, len(batch.records), perf_counter() - began)

    async def fold_when_known(batch: Batch, unwritten: Unwritten) -> Folded:
        """A policy's text may be a moment behind the record that switches to it."""
        rows = unwritten.over(learner_state.partition(batch.partition))
        while True:
            source = FoldBatch(
                batch.topic, batch.partition, policies.known, policies.first, clock.now()
            )
            try:
                return fold(source, batch.records, rows)
            except UnknownPolicy as error:
                await policies.wait_for(error.version)

    @app.agent(app.source(EVENTS, _pace(app.guarantee)), name="decide")
    async def decide(stream: StreamT[Any]) -> None:
        await each_batch(stream, decide_batch)


def _pace(guarantee: Guarantee) -> Pace:
    """A transaction takes all that is decided until it begins.

    Without it a batch's state may only follow its actions, and those of two batches would mix.
    """
    return Pace(abreast=4) if guarantee is Guarantee.EXACTLY_ONCE else ONE_BY_ONE


async def note_policy(app: Host, partition: int, folded: Folded) -> None:
    """Write down which policy the partition has begun under, if it has, before it decides by it.

    It stands where it holds, so that a replay of the topic decides alike. Raises StreamError.
    """
    if folded.adopted is not None:
        control = encode_control(PolicyActivated(folded.adopted, began=True))
        await app.sender.send(EVENTS, [Record(CONTROL_KEY, control)], partition=partition)


async def write_down(
    app: Host,
    learner_state: PartitionTable,
    statistics: PartitionTable,
    records: Sequence[RawRecord],
    folded: Folded,
    headers: Sequence[Headers] = (),
) -> None:
    """Make durable what these records of one partition come to, then visible in the tables.

    `headers`: of the actions, one each, in their order; of none without. Raises
    OwnershipLost, KafkaError, StreamError.
    """
    number = records[0].partition
    counters = {DECIDE_ROW: folded.changes[COUNTERS_KEY]}
    await app.writer.write(
        number,
        _consequences(folded, number, headers or [()] * len(folded.actions)),
        {
            learner_state.changelog: learner_state.records(folded.changes),
            statistics.changelog: statistics.records(counters),
        },
    )
    learner_state.apply(number, folded.changes)
    statistics.apply(number, counters)


def _consequences(
    folded: Folded, partition: int, headers: Sequence[Headers]
) -> dict[str, list[Record]]:
    """What a batch has to say to the other topics."""
    records: dict[str, list[Record]] = defaultdict(list)
    written = 0
    for before, erasure in folded.erasures:
        _write_actions(records, folded, headers, slice(written, before))
        written = before
        for topic in KINDS_IN:
            records[topic].append(_erasure_record(erasure))
    _write_actions(records, folded, headers, slice(written, None))
    letters = list(folded.dead_letters)
    for before, mark in reversed(folded.erasure_marks):
        letters.insert(before, mark)
    records[DEAD_LETTERS] += [Record(*letter) for letter in letters]
    for decided in folded.decisions:
        if decided.rows:
            decisions = DecisionBatch(partition, decided.policy_version, tuple(decided.rows))
            records[DECISIONS].append(Record(None, encode_decisions(decisions)))
    return records


def _write_actions(
    records: dict[str, list[Record]], folded: Folded, headers: Sequence[Headers], which: slice
) -> None:
    for (key, action), header in zip(folded.actions[which], headers[which], strict=True):
        records[TOPIC_OF[action.type]].append(Record(key, encode_action(action), header))


def _tell(folded: Folded, lines: Sparse) -> None:
    """Why stands in the dead letter, which quotes what was found: not for the log."""
    for letter, reason in zip(folded.dead_letters, folded.refusals, strict=True):
        if (besides := lines.admit()) is not None:
            traced = trace_fields(letter.headers)
            log.warning(
                "event refused", source=letter.key.decode(), reason=reason, **traced, **besides
            )


def _erasure_record(erasure: Erasure) -> Record:
    key = learner_key(erasure.tenant_id, erasure.learner_id)
    return Record(key, encode_erasure(erasure), ((ERASURE, b""),))
