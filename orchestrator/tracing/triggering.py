"""The spans of a request for a decision: its answer, and its way into Kafka."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from orchestrator.observability.traceparent import HEADER
from orchestrator.stream.records import Headers
from orchestrator.tracing.context import ROOT, child_of, headers_of, parent_from
from orchestrator.tracing.names import sending
from orchestrator.web.trigger_view import TriggerView


class TriggerTraces:
    """The trigger's Traces port, and the middleware that continues the trace of a request."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def sending(self, topic: str) -> Iterator[Headers]:
        """See the port."""
        present = trace.get_current_span()
        parent = child_of(present) if present.get_span_context().is_valid else ROOT
        span = self._tracer.start_span(f"send {topic}", parent, SpanKind.PRODUCER, sending(topic))
        try:
            yield headers_of(span)
        finally:
            span.end()

    def middleware(self) -> Middleware:
        """Around the trigger's view alone: probes and pages are of no interest to a trace."""

        @web.middleware
        async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path != TriggerView.view_path:
                return await handler(request)
            return await self._answer(request, handler)

        return traced

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.getall(HEADER, [])
        raw = given[0].encode(errors="replace") if len(given) == 1 else None
        about = {"http.request.method": request.method, "http.route": TriggerView.view_path}
        with self._tracer.start_as_current_span(
            f"{request.method} {TriggerView.view_path}",
            parent_from(raw),
            SpanKind.SERVER,
            about,
            record_exception=False,  # its text may quote the request
            set_status_on_exception=False,
        ) as span:
            try:
                response = await handler(request)
            except Exception as error:
                status = getattr(error, "status", 500)
                span.set_attribute("http.response.status_code", status)
                if status >= 500:
                    span.set_attribute("error.type", type(error).__name__)
                    span.set_status(Status(StatusCode.ERROR))
                raise
            span.set_attribute("http.response.status_code", response.status)
            return response
