"""The spans of a delivery: one an attempt, and one of how the action ended."""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlsplit

from msgspec.structs import replace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.ids import ActionId
from orchestrator.delivery.arrivals import Arrival, ErasureArrival
from orchestrator.delivery.calls import Call
from orchestrator.delivery.observer import Silent
from orchestrator.delivery.settling import Ended
from orchestrator.delivery.verdicts import Kind, Verdict
from orchestrator.observability.traceparent import HEADER, found_in, trace_fields
from orchestrator.stream.records import RawRecord
from orchestrator.tracing.context import ROOT, header_value, parent_from
from orchestrator.tracing.names import ACTION_TYPE, ATTEMPTS, EVENT_ID, OUTCOME, RULE, TENANT_ID

REMEMBERED = 100_000
"""Actions under way whose trace is known, some 30 MB; the oldest is forgotten first."""

_learner = re.compile(r"(?<=^/api/learners/)[^/]*")


class DeliveryTraces(Silent):
    """The delivery's Traces port, the deliver agents' DeliverTraces, and an observer of ends.

    An action's trace is known by the header of its record, from when that is read. What waited
    through a restart in its row has none: its attempts begin traces of their own.
    """

    def __init__(self, tracer: Tracer, urls: Mapping[Service, str]) -> None:
        """`urls`: where the services are."""
        self._tracer = tracer
        self._servers = {service: _server(url) for service, url in urls.items()}
        self._parents: OrderedDict[ActionId, bytes] = OrderedDict()

    def taken(
        self, records: Sequence[RawRecord], arrivals: Sequence[Arrival | ErasureArrival]
    ) -> None:
        """See the port."""
        headers = {record.offset: record.headers for record in records}
        for arrival in arrivals:
            if isinstance(arrival, Arrival):
                raw = found_in(headers[arrival.offset])
                if raw is not None:
                    self._parents[arrival.action.action_id] = raw
        while len(self._parents) > REMEMBERED:
            self._parents.popitem(last=False)

    async def attempt(
        self,
        action: Action,
        attempts: int,
        call: Call,
        send: Callable[[Call], Awaitable[Verdict]],
    ) -> Verdict:
        """See the port. The call's URL is told without its learner."""
        template = _learner.sub("{learner_id}", call.path)
        about = {
            **_about(action),
            **self._servers[call.service],
            "http.request.method": call.method,
            "url.template": template,
        }
        if attempts > 1:
            about["http.request.resend_count"] = attempts - 1
        span = self._tracer.start_span(
            f"{call.method} {template}", self._parent(action), SpanKind.CLIENT, about
        )
        header = {HEADER: header_value(span).decode()}
        try:
            verdict = await send(replace(call, headers={**call.headers, **header}))
        except BaseException as error:
            _fail(span, type(error).__name__)
            raise
        else:
            _judge(span, verdict)
            return verdict
        finally:
            span.end()

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        """The observer's port: an action has its outcome."""
        span = self._tracer.start_span(
            f"outcome {service}",
            self._parent(action),
            SpanKind.INTERNAL,
            {**_about(action), OUTCOME: ended.outcome, ATTEMPTS: ended.attempts},
        )
        if ended.outcome in {Outcome.REJECTED, Outcome.FAILED}:
            _fail(span, ended.outcome)
        span.end()
        self._parents.pop(action.action_id, None)

    def fields(self, action: Action) -> dict[str, str]:
        """The fields of a log line about an action that is under way."""
        raw = self._parents.get(action.action_id)
        return {} if raw is None else trace_fields([(HEADER, raw)])

    def _parent(self, action: Action) -> Context:
        raw = self._parents.get(action.action_id)
        return ROOT if raw is None else parent_from(raw)


def _about(action: Action) -> dict[str, str | int]:
    return {
        EVENT_ID: action.event_id,
        TENANT_ID: action.tenant_id,
        ACTION_TYPE: action.type,
        RULE: action.rule,
    }


def _server(url: str) -> dict[str, str | int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {"server.address": parts.hostname or "", "server.port": port}


def _judge(span: Span, verdict: Verdict) -> None:
    if verdict.status is not None:
        span.set_attribute("http.response.status_code", verdict.status)
    if verdict.kind is not Kind.DELIVERED:
        _fail(span, verdict.reason)


def _fail(span: Span, error: str) -> None:
    span.set_attribute("error.type", error)
    span.set_status(Status(StatusCode.ERROR))
