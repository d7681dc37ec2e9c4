"""Traces: one tree from a producer's own span to the call that a service got; or none at all."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from orchestrator.clock import SystemClock
from orchestrator.stream.records import RawRecord
from orchestrator.stream.topic_reader import reader
from orchestrator.topics import ACTIONS_LEARNER, DEAD_LETTERS, EVENTS
from tests.product.collector import Collector, Span
from tests.product.house import House, Worker
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEARNER = "learner-who-is-in-no-span"
STREAM = "aivo.events.baseline"
SPAN = "00f067aa0ba902b7"
ERROR = 2
"""The code of a span's status."""


@dataclass
class Traced:
    """A house whose first worker did not trace, and whose second does."""

    house: House
    collector: Collector
    worker: Worker
    untraced: list[RawRecord]
    """What the first worker wrote, of an event that came with a context of its own."""

    async def send(self, traceparent: bytes | None, **fields: Any) -> str:
        """XADD a first assessment; returns its event id."""
        return await add(self.house, traceparent, **fields)

    async def spans_of(self, trace: str, names: Iterable[str]) -> dict[str, Span]:
        """The spans of a trace by name, once these have come."""
        wanted = set(names)
        await eventually(lambda: wanted <= {span.name for span in self.collector.of(trace)}, 20)
        return {span.name: span for span in self.collector.of(trace)}

    async def calls_of(self, event: str) -> list[dict[str, str]]:
        """The headers of the calls that the event brought, once there are two."""
        learner = f"{LEARNER}-{event}"
        await eventually(lambda: len(self.house.sandbox.calls.newest(learner)) == 2, 20)
        return [call.headers for call in self.house.sandbox.calls.newest(learner)]


async def add(house: House, traceparent: bytes | None, **fields: Any) -> str:
    event_id = uuid4().hex
    event = {
        "id": event_id,
        "type": "BASELINE_COMPLETE",
        "tenant_id": "tenant-1",
        "learner_id": f"{LEARNER}-{event_id}",
        "timestamp": SystemClock().now().isoformat(),
        "data": {"overall_score": 0.8, "challenges": ["fractions"]},
        **fields,
    }
    entry: dict[Any, Any] = {"data": json.dumps(event)}
    if traceparent is not None:
        entry["traceparent"] = traceparent
    async with Redis.from_url(house.valkey.url) as redis:
        await redis.xadd(STREAM, entry)
    return event_id


async def all_of(house: House, topic: str) -> list[RawRecord]:
    kafka = {"bootstrap_servers": house.kafka.bootstrap_servers}
    async with reader(kafka, topic) as source:
        return [one async for some in source.read(await source.spans()) for one in some]


def new_context() -> tuple[str, bytes]:
    """A producer's trace and its header."""
    trace = uuid4().hex
    return trace, f"00-{trace}-{SPAN}-01".encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def traced(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Traced]:
    async with House(tmp_path_factory.mktemp("house")) as house, Collector() as collector:
        first = house.new_worker()
        first.start()
        await add(house, new_context()[1])
        await house.settled(first, events=1)
        await asyncio.to_thread(first.stop)
        untraced = await all_of(house, EVENTS) + await all_of(house, ACTIONS_LEARNER)
        assert collector.requests == 0
        worker = house.new_worker(
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_EXPORTER_OTLP_HEADERS="x-key=a%20key",
            OTEL_BSP_SCHEDULE_DELAY="100",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
        )
        worker.start()
        yield Traced(house, collector, worker, untraced)


async def test_without_a_collector_nothing_is_traced(traced: Traced) -> None:
    assert len(traced.untraced) >= 3  # an event, two actions; and where partitions begin
    names = {name for record in traced.untraced for name, _ in record.headers}
    assert "traceparent" not in names


async def test_an_events_spans_are_one_tree_from_its_producer_to_the_calls(traced: Traced) -> None:
    trace, header = new_context()
    event = await traced.send(header)

    calls = await traced.calls_of(event)
    spans = await traced.spans_of(
        trace,
        [
            f"receive {STREAM}",
            f"send {EVENTS}",
            f"process {EVENTS}",
            f"send {ACTIONS_LEARNER}",
            "PUT /api/learners/{learner_id}/level",
            "PUT /api/learners/{learner_id}/learning-path",
            "outcome learner-svc",
        ],
    )

    tree = {span.id: span for span in traced.collector.of(trace)}
    read, decided = spans[f"receive {STREAM}"], spans[f"process {EVENTS}"]
    assert read.parent == SPAN
    assert [span.id for span in tree.values() if span.parent not in tree] == [read.id]
    assert spans[f"send {EVENTS}"].parent == read.id
    assert decided.parent == spans[f"send {EVENTS}"].id
    attempts = {span.id for span in tree.values() if span.name.startswith("PUT ")}
    assert all(tree[tree[attempt].parent].parent == decided.id for attempt in attempts)
    got = [call["traceparent"].split("-") for call in calls]
    assert {parts[1] for parts in got} == {trace}
    assert {parts[2] for parts in got} == attempts

    batch = next(span for span in traced.collector.spans if span.id in decided.links)
    assert (batch.name, batch.parent) == ("decide batch", "")
    assert decided.about["orchestrator.event.id"] == event
    assert decided.about["orchestrator.outcome"] == "decided"
    assert read.resource["service.name"] == "aivo-orchestrator"
    assert read.resource["deployment.environment.name"] == "test"
    assert traced.collector.headers["x-key"] == "a key"


async def test_a_trigger_continues_the_trace_of_its_request(traced: Traced) -> None:
    trace, header = new_context()
    body = {
        "type": "SEL_ALERT",
        "tenant_id": "tenant-1",
        "learner_id": LEARNER,
        "data": {"alert_type": "anxiety", "severity": "high"},
    }
    request = urllib.request.Request(
        f"{traced.worker.url}/internal/trigger",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "traceparent": header.decode()},
    )
    answered = await asyncio.to_thread(urllib.request.urlopen, request, timeout=15)
    with answered as answer:
        assert answer.status == 200

    spans = await traced.spans_of(
        trace, ["POST /internal/trigger", f"process {EVENTS}", "outcome notification-svc"]
    )

    served = spans["POST /internal/trigger"]
    assert (served.parent, served.about["http.response.status_code"]) == (SPAN, 200)
    assert spans[f"send {EVENTS}"].parent == served.id


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"00-" + b"0" * 32 + b"-" + SPAN.encode() + b"-01",
        b"\xff\x00" * 40,
        b"00-" + b"a" * 100_000,
    ],
    ids=["empty", "zero", "bytes", "long"],
)
async def test_a_hostile_context_is_passed_over(traced: Traced, hostile: bytes) -> None:
    event = await traced.send(hostile)

    await traced.calls_of(event)
    ours = "orchestrator.event.id"
    await eventually(
        lambda: any(
            span.name == f"receive {STREAM}" and span.about.get(ours) == event
            for span in traced.collector.spans
        )
    )

    read = next(span for span in traced.collector.spans if span.about.get(ours) == event)
    assert read.parent == ""


async def test_a_context_that_is_not_sampled_is_passed_on_and_not_recorded(traced: Traced) -> None:
    trace, header = new_context()
    event = await traced.send(header.removesuffix(b"1") + b"0")

    calls = await traced.calls_of(event)

    assert {tuple(call["traceparent"].split("-")[1::2]) for call in calls} == {(trace, "00")}
    assert traced.collector.of(trace) == []


async def test_what_is_refused_keeps_its_trace_in_the_dead_letter_and_the_log(
    traced: Traced,
) -> None:
    trace, header = new_context()
    await traced.send(header, data={"overall_score": "much"})

    spans = await traced.spans_of(trace, [f"receive {STREAM}", f"send {DEAD_LETTERS}"])

    assert spans[f"receive {STREAM}"].status == ERROR
    letters = await all_of(traced.house, DEAD_LETTERS)
    headers = [dict(letter.headers)["traceparent"].decode() for letter in letters]
    assert f"00-{trace}-{spans[f'send {DEAD_LETTERS}'].id}-01" in headers
    log = traced.worker.log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if trace in line]
    (line,) = lines
    assert (line["event"], line["level"], line["trace_id"]) == ("entry refused", "warning", trace)
    assert line["source"].startswith(f"redis:{STREAM}:")


async def test_traces_change_nothing_else_and_name_no_learner(traced: Traced) -> None:
    findings = await traced.house.judge()

    assert findings.faults() == {}
    assert traced.collector.spans
    assert LEARNER not in repr(traced.collector.spans)
