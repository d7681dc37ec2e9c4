"""The spans of decisions, also where they come to nothing."""

import asyncio

import pytest
from opentelemetry.trace import StatusCode

from orchestrator.core.event_codec import encode_event
from orchestrator.core.fold import Batch, Folded, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.policy_records import CONTROL_KEY, PolicyActivated, encode_control
from orchestrator.errors import OwnershipLost
from orchestrator.observability.traceparent import HEADER, found_in
from orchestrator.stream.records import RawRecord
from orchestrator.tracing.deciding import DecideTracer
from tests.unit.core.samples import POLICY, START, event
from tests.unit.stream.samples import record
from tests.unit.tracing.recording import Recording, about

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = ((HEADER, f"00-{TRACE}-00f067aa0ba902b7-01".encode()),)
PROCESS = "process orchestrator.events"


def alert(offset: int) -> RawRecord:
    """An event that calls for an action."""
    made = event("SEL_ALERT", {"alert_type": "anxiety", "severity": "high"})
    key = learner_key(made.tenant_id, made.learner_id)
    return record(offset, encode_event(made), key=key, topic="orchestrator.events", headers=GIVEN)


def folded(records: list[RawRecord]) -> Folded:
    batch = Batch("orchestrator.events", 0, {POLICY.version: POLICY}, POLICY.version, START)
    return fold(batch, records, {})


def test_each_action_goes_on_in_the_trace_of_its_event() -> None:
    recording = Recording()
    records = [alert(5)]
    with DecideTracer(recording.tracer, "group").batch(records) as trace:
        result = folded(records)
        headers = trace.decided(result)

    assert len(headers) == len(result.actions) > 0
    for each in headers:
        assert TRACE in (found_in(each) or b"").decode()
    assert about(recording.spans[PROCESS])["orchestrator.outcome"] == "decided"
    assert result.rows() == folded(records).rows()  # the header changes no decision


def test_what_is_refused_keeps_its_trace_and_a_control_record_has_none() -> None:
    recording = Recording()
    control = encode_control(PolicyActivated(POLICY.version))
    records = [
        record(1, control, key=CONTROL_KEY, topic="orchestrator.events"),
        record(2, b"no event", topic="orchestrator.events", headers=GIVEN),
        record(3, b"no control", key=CONTROL_KEY, topic="orchestrator.events"),
    ]
    with DecideTracer(recording.tracer, "group").batch(records) as trace:
        result = folded(records)
        trace.decided(result)

    traces = [(found_in(letter.headers) or b"").decode()[3:35] for letter in result.dead_letters]
    assert traces == [TRACE, ""]
    span = recording.spans[PROCESS]
    assert span.status.status_code is StatusCode.ERROR
    assert about(span)["messaging.kafka.offset"] == 2


@pytest.mark.parametrize("error", [OwnershipLost("gone"), asyncio.CancelledError()])
def test_a_batch_that_is_not_durable_ends_in_errors(error: BaseException) -> None:
    recording = Recording()
    records = [alert(5)]

    def give_up() -> None:
        with DecideTracer(recording.tracer, "group").batch(records) as trace:
            trace.decided(folded(records))
            raise error

    with pytest.raises(type(error)):
        give_up()
    assert {span.status.status_code for span in recording.spans.values()} == {StatusCode.ERROR}
    assert about(recording.spans["decide batch"])["error.type"] == type(error).__name__
