"""The spans of an event's arrival: read from Redis, written to Kafka."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from orchestrator.bridge.entries import Entry, Translated
from orchestrator.bridge.pieces import Piece
from orchestrator.bridge.redis_stream import GROUP
from orchestrator.observability.traceparent import HEADER
from orchestrator.topics import DEAD_LETTERS, EVENTS
from orchestrator.tracing.context import child_of, headers_of, parent_from
from orchestrator.tracing.names import EVENT_ID, EVENT_TYPE, TENANT_ID, sending

FIELD = HEADER.encode()


class _Named(Struct):
    """What a span tells of an event."""

    id: str
    type: str
    tenant_id: str


class _UnderWay(NamedTuple):
    read: Span
    send: Span

    def end(self) -> None:
        self.send.end()
        self.read.end()


class EntranceTraces:
    """The bridge's Traces port. A span an entry lasts until Kafka has what became of it."""

    def __init__(self, tracer: Tracer, stream: str) -> None:
        self._tracer = tracer
        self._stream = stream
        self._named = msgspec.json.Decoder(_Named)
        self._under_way: dict[bytes, _UnderWay] = {}

    def stamped(self, entries: Sequence[Entry], batch: Sequence[Translated]) -> list[Translated]:
        """See the port. What is under way of an earlier batch was given up, and never ends."""
        given = {each.id: (each.fields or {}).get(FIELD) for each in entries}
        self._under_way = {
            each.entry_id: self._begin(each, given.get(each.entry_id)) for each in batch
        }
        return [_with_header(each, self._under_way[each.entry_id].send) for each in batch]

    def sent(self, piece: Piece) -> None:
        """See the port."""
        for each in piece:
            if (spans := self._under_way.pop(each.entry_id, None)) is not None:
                spans.end()

    def _begin(self, each: Translated, given: bytes | None) -> _UnderWay:
        read = self._tracer.start_span(
            f"receive {self._stream}",
            parent_from(given),
            SpanKind.CONSUMER,
            _reading(self._stream, each),
        )
        if read.is_recording():
            self._tell(read, each)
        topic = EVENTS if each.refusal is None else DEAD_LETTERS
        send = self._tracer.start_span(
            f"send {topic}", child_of(read), SpanKind.PRODUCER, sending(topic)
        )
        return _UnderWay(read, send)

    def _tell(self, span: Span, each: Translated) -> None:
        if each.refusal is not None:
            span.set_attribute("error.type", each.refusal)
            span.set_status(Status(StatusCode.ERROR, "refused"))
            return
        event = self._named.decode(each.record.value or b"")
        span.set_attributes(
            {EVENT_ID: event.id, EVENT_TYPE: event.type, TENANT_ID: event.tenant_id}
        )


def _reading(stream: str, each: Translated) -> Mapping[str, str]:
    return {
        "messaging.system": "redis",
        "messaging.operation.name": "xreadgroup",
        "messaging.operation.type": "receive",
        "messaging.destination.name": stream,
        "messaging.consumer.group.name": GROUP,
        "messaging.message.id": each.entry_id.decode(),
    }


def _with_header(each: Translated, send: Span) -> Translated:
    record = each.record
    return each._replace(record=record._replace(headers=record.headers + headers_of(send)))
