"""The spans of decisions: one an event, on its own trace, and one a batch, which they link to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer

from orchestrator.core.actions import Action
from orchestrator.core.dead_letters import DeadLetter
from orchestrator.core.decisions import DecisionRow
from orchestrator.core.fold import Folded
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.observability.traceparent import found_in
from orchestrator.read_model.action_topics import TOPIC_OF
from orchestrator.stream.records import Headers, RawRecord
from orchestrator.tracing.context import ROOT, child_of, headers_of, parent_from
from orchestrator.tracing.names import (
    ACTION_TYPE,
    EVENT_ID,
    EVENT_TYPE,
    OFFSET,
    OUTCOME,
    PARTITION,
    POLICY_VERSION,
    RULE,
    TENANT_ID,
    processing,
    sending,
)


class DecideTracer:
    """The decide agent's DecideTraces port. `group`: the consumer group that reads the events."""

    def __init__(self, tracer: Tracer, group: str) -> None:
        self._tracer = tracer
        self._group = group

    @contextmanager
    def batch(self, records: Sequence[RawRecord]) -> Iterator["TracedBatch"]:
        """See the port. What is not durable in the end is marked as an error."""
        traced = TracedBatch(self._tracer, self._group, records)
        try:
            yield traced
        except BaseException as error:
            traced.fail(type(error).__name__)
            raise
        finally:
            traced.end()


class TracedBatch:
    """The BatchTrace of some records of one partition."""

    def __init__(self, tracer: Tracer, group: str, records: Sequence[RawRecord]) -> None:
        self._tracer = tracer
        self._about = processing(records[0].topic, group)
        self._about_batch = {**self._about, PARTITION: str(records[0].partition)}
        self._batch = tracer.start_span(
            "decide batch",
            ROOT,
            SpanKind.CONSUMER,
            {**self._about_batch, "messaging.batch.message_count": len(records)},
        )
        links = [Link(self._batch.get_span_context())]
        self._events = {
            record.offset: self._begin(record, links)
            for record in records
            if record.key != CONTROL_KEY
        }
        self._sends: list[Span] = []

    def _begin(self, record: RawRecord, links: Sequence[Link]) -> Span:
        return self._tracer.start_span(
            f"process {record.topic}",
            parent_from(found_in(record.headers)),
            SpanKind.CONSUMER,
            {**self._about_batch, OFFSET: record.offset},
            links,
        )

    def decided(self, folded: Folded) -> Sequence[Headers]:
        """See the port."""
        deciding: dict[str, Span] = {}
        for decided in folded.decisions:
            for row in decided.rows:
                span = self._events[row.offset]
                _tell(span, row, decided.version_of(row))
                deciding.update(dict.fromkeys(row.action_ids, span))
        folded.dead_letters = [self._refused(letter) for letter in folded.dead_letters]
        return [self._send(action, deciding[action.action_id]) for _, action in folded.actions]

    def _refused(self, letter: DeadLetter) -> DeadLetter:
        span = self._events.get(int(letter.key.rpartition(b":")[2]))
        if span is None:  # a control record, which is nobody's event
            return letter
        span.set_attribute(OUTCOME, "refused")
        span.set_attribute("error.type", dict(letter.headers)["reason"].decode())
        span.set_status(Status(StatusCode.ERROR, "refused"))
        return letter._replace(headers=letter.headers + headers_of(span))

    def _send(self, action: Action, deciding: Span) -> Headers:
        topic = TOPIC_OF[action.type]
        about = {**sending(topic), ACTION_TYPE: action.type, RULE: action.rule}
        span = self._tracer.start_span(
            f"send {topic}", child_of(deciding), SpanKind.PRODUCER, about
        )
        self._sends.append(span)
        return headers_of(span)

    def fail(self, error: str) -> None:
        """What was under way is not durable."""
        for span in (*self._sends, *self._events.values(), self._batch):
            span.set_attribute("error.type", error)
            span.set_status(Status(StatusCode.ERROR, error))

    def end(self) -> None:
        """The batch is done, or given up."""
        for span in (*self._sends, *self._events.values(), self._batch):
            span.end()


def _tell(span: Span, row: DecisionRow, policy_version: str) -> None:
    if not span.is_recording():
        return
    span.set_attributes(
        {
            EVENT_ID: row.event_id,
            EVENT_TYPE: row.type,
            TENANT_ID: row.key.partition("/")[0],
            OUTCOME: row.outcome,
            POLICY_VERSION: policy_version,
        }
    )
