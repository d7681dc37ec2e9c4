"""The spans of a delivery."""

from datetime import UTC, datetime

import pytest
from opentelemetry.trace import StatusCode

from orchestrator.core.actions import Action, ActionType, Outcome, Service, encode_action
from orchestrator.core.ids import learner_key
from orchestrator.delivery.arrivals import Arrival
from orchestrator.delivery.calls import Call, call_for
from orchestrator.delivery.settling import Ended
from orchestrator.delivery.verdicts import Fault, Kind, Verdict, judge_fault
from orchestrator.observability.traceparent import HEADER
from orchestrator.tracing.calling import DeliveryTraces
from tests.unit.delivery.samples import action
from tests.unit.stream.samples import record
from tests.unit.tracing.recording import Recording, about

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = ((HEADER, f"00-{TRACE}-00f067aa0ba902b7-01".encode()),)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
URLS = {Service.LEARNER: "https://learner.example/base", Service.NOTIFICATION: "http://n:81"}
LEVEL = action(ActionType.LEVEL_SUGGESTED, learner="learner/7?")
PUT = "PUT /api/learners/{learner_id}/level"


class Line:
    """Traces of deliveries, and a service that answers as it is told."""

    def __init__(self, verdict: Verdict) -> None:
        self.recording = Recording()
        self.traces = DeliveryTraces(self.recording.tracer, URLS)
        self.verdict = verdict
        self.sent: list[Call] = []

    def take(self, of: Action) -> None:
        key = learner_key(of.tenant_id, of.learner_id)
        source = record(3, encode_action(of), key=key, headers=GIVEN)
        self.traces.taken([source], [Arrival(key, 3, of)])

    async def attempt(self, attempts: int = 1) -> None:
        await self.traces.attempt(LEVEL, attempts, call_for(LEVEL), self._send)

    async def _send(self, call: Call) -> Verdict:
        self.sent.append(call)
        return self.verdict


@pytest.fixture
def line() -> Line:
    return Line(Verdict(Kind.DELIVERED, "200", "", 200))


async def test_a_call_goes_on_in_its_actions_trace_and_only_its_header_is_new(line: Line) -> None:
    line.take(LEVEL)
    await line.attempt()

    (call,), wanted = line.sent, call_for(LEVEL)
    assert call.headers.pop(HEADER).split("-")[1] == TRACE
    assert wanted.headers.pop(HEADER)
    assert call == wanted


async def test_no_span_says_who_the_learner_is(line: Line) -> None:
    line.take(LEVEL)
    await line.attempt(2)

    span = line.recording.spans[PUT]
    assert about(span)["server.address"] == "learner.example"
    assert about(span)["server.port"] == 443
    assert about(span)["http.request.resend_count"] == 1
    assert "learner/7" not in span.to_json()
    assert "learner%2F7" not in span.to_json()
    assert LEVEL.action_id not in about(span).values()


async def test_a_fault_is_an_error_with_its_name() -> None:
    line = Line(judge_fault(Fault.TIMEOUT, "no answer"))
    await line.attempt()

    span = line.recording.spans[PUT]
    assert span.status.status_code is StatusCode.ERROR
    assert about(span)["error.type"] == "timeout"


async def test_the_end_of_an_action_is_told_and_its_trace_forgotten(line: Line) -> None:
    line.take(LEVEL)
    assert line.traces.fields(LEVEL)["trace_id"] == TRACE
    line.traces.on_ended(Service.LEARNER, LEVEL, Ended(Outcome.REJECTED, NOON, 1, 422))

    span = line.recording.spans["outcome learner-svc"]
    assert about(span)["orchestrator.outcome"] == "rejected"
    assert line.traces.fields(LEVEL) == {}


async def test_an_action_whose_trace_is_not_known_begins_one(line: Line) -> None:
    await line.attempt()

    span = line.recording.spans[PUT]
    assert span.parent is None
    assert span.context is not None
    assert line.sent[0].headers[HEADER].split("-")[1] == f"{span.context.trace_id:032x}"
