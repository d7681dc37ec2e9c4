"""Between headers and the parents of spans."""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, TraceFlags

from orchestrator.observability.traceparent import (
    HEADER,
    Headers,
    TraceParent,
    read_traceparent,
    write_traceparent,
)

ROOT = Context()
"""The parent of a span that begins a trace."""


def parent_from(raw: bytes | None) -> Context:
    """Whose child a span is that follows from a header; ROOT where there is none that is valid."""
    found = read_traceparent(raw)
    if found is None:
        return ROOT
    flags = TraceFlags(TraceFlags.SAMPLED if found.sampled else TraceFlags.DEFAULT)
    remote = SpanContext(found.trace_id, found.span_id, is_remote=True, trace_flags=flags)
    return trace.set_span_in_context(NonRecordingSpan(remote), ROOT)


def child_of(span: Span) -> Context:
    """The context of a span of this process."""
    return trace.set_span_in_context(span, ROOT)


def header_value(span: Span) -> bytes:
    """By which whoever gets it goes on where this span is; recorded or not."""
    context = span.get_span_context()
    return write_traceparent(
        TraceParent(context.trace_id, context.span_id, context.trace_flags.sampled)
    )


def headers_of(span: Span) -> Headers:
    """The header of a record that this span sends."""
    return ((HEADER, header_value(span)),)
