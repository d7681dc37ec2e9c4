"""Whoever speaks to the worker's port, and however: events go on being decided.

The bodies and addresses of the last test are made by hypothesis. A test that schemathesis makes out
of /openapi.json is not here: the service has no such document yet.
"""

import asyncio
import json
import random
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.clock import SystemClock
from orchestrator.embedded.worker import WorkerProcess
from tests.faults.attacks import endless_chunks, say, silence, slow_body, slow_headers
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended, health, peak_memory
from tests.product.house import House, post, school
from tests.product.producers import produce

EVENTS, RATE = 1_000, 150
SILENT, SLOW = 300, 200  # fewer than the server's backlog, or Linux drops some and tells nobody
HUNG_UP_AFTER_S = 30.0
"""The server gives a request 15 s for its headers; a busy machine may take its time."""

MB = 1_000_000
MOST_READ = 200 * MB
MOST_GROWTH = 200 * MB

Answer = tuple[int, str, str]
"""(status, content type, text)"""


def ask(
    worker: WorkerProcess,
    method: str,
    path: str,
    body: bytes | None = None,
    content_type: str = "application/json",
) -> Answer:
    """One request, whatever its answer."""
    request = urllib.request.Request(worker.url + path, data=body, method=method)
    request.add_header("Content-Type", content_type)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), error.read().decode()


@asynccontextmanager
async def under_load(tmp_path: Path, report: FaultReport) -> AsyncIterator[tuple[House, list[str]]]:
    """A house with a worker that is busy; the ids of what else is sent may be added.

    Afterwards all is decided, the worker has never stopped, and it holds little more memory.
    """
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        entries = school(EVENTS, learners=100, seed=20)
        inputs = [str(event["id"]) for _, event in entries]
        await house.add(entries[:100])
        await all_ended(worker, 100)
        before, pid = peak_memory(worker), worker.pid
        load = asyncio.create_task(produce(house, entries[100:], RATE))

        yield house, inputs
        await load
        await all_ended(worker, len(inputs))
        assert worker.pid == pid
        assert health(worker)["status"] == "healthy"
        grown = peak_memory(worker) - before
        assert grown < MOST_GROWTH, f"{grown / MB:.0f} MB more"
        findings = await house.judge(inputs)
        report.tell(findings)
        assert findings.faults() == {}
        assert await house.pending(sorted({stream for stream, _ in entries})) == 0


@pytest.mark.long
@pytest.mark.fault(20)
async def test_connections_that_are_slow_silent_and_endless_end_and_hold_up_nobody(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with under_load(tmp_path, fault_report) as (house, inputs):
        (worker,) = house.workers
        slow = [asyncio.create_task(slow_headers(worker)) for _ in range(SLOW)]
        silent = [asyncio.create_task(silence(worker)) for _ in range(SILENT)]
        bodies = [asyncio.create_task(slow_body(worker)) for _ in range(20)]
        endless = [asyncio.create_task(endless_chunks(worker)) for _ in range(3)]

        event = sound_event("amid-the-attack")
        inputs.append(event["id"])
        answer = await asyncio.to_thread(post, worker, "/internal/trigger", event)
        assert answer["decision"]["outcome"] == "decided"
        assert health(worker)["status"] == "healthy"

        assert max(await asyncio.gather(*slow, *silent)) < HUNG_UP_AFTER_S
        assert {line.split()[1] for line in await asyncio.gather(*bodies)} == {b"408"}
        for line, read in await asyncio.gather(*endless):
            assert line.split()[1] == b"413"
            assert read < MOST_READ


def sound_event(event_id: str, tenant: str = "tenant-1", learner: str = "l-1") -> dict[str, Any]:
    return {
        "id": event_id,
        "type": "BASELINE_COMPLETE",
        "tenant_id": tenant,
        "learner_id": learner,
        "timestamp": SystemClock().now().isoformat(),
        "data": {"overall_score": 0.95},
    }


def state_of(worker: WorkerProcess, tenant: str, learner: str) -> Answer:
    query = urlencode({"tenant_id": tenant})
    return ask(worker, "GET", f"/learners/{quote(learner, safe='')}/state?{query}")


NAMESAKES = (
    ("tenant-b", "pupil"),
    ("tenant-a/pupil", "x"),
    ("tenant-a%2Fpupil", "pupil"),
    ("tenant-a ", "pupil"),
    ("TENANT-A", "pupil"),
    ("tenant-a\u0000", "pupil"),
    ("tenant", "a/pupil"),
    ("*", "pupil"),
)
"""(tenant, learner) that are not (tenant-a, pupil), however alike they look."""


@pytest.mark.fault(20)
async def test_no_other_tenants_id_reaches_a_learner(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with under_load(tmp_path, fault_report) as (house, inputs):
        (worker,) = house.workers
        own = sound_event("own", "tenant-a", "pupil")
        await asyncio.to_thread(post, worker, "/internal/trigger", own)
        status, _, known = state_of(worker, "tenant-a", "pupil")
        assert status == 200
        for tenant, learner in NAMESAKES:
            assert state_of(worker, tenant, learner)[0] in {404, 422}
        paths = (
            "/learners/pupil/state",
            "/learners/pupil/state?tenant_id=",
            "/learners/pupil/state?tenant_id=tenant-b&tenant_id=tenant-a",
            "/learners/pupil/state?tenant_id[]=tenant-a",
            "/learners/tenant-a%2Fpupil/state?tenant_id=",
            "/learners/../learners/pupil/state?tenant_id=tenant-b",
            "/learners//state?tenant_id=tenant-a",
        )
        for path in paths:
            status, _, text = await asyncio.to_thread(ask, worker, "GET", path)
            assert 400 <= status < 500
            assert "advanced" not in text

        inputs.append("own")
        for number, (tenant, learner) in enumerate(NAMESAKES):
            event = sound_event(f"foreign-{number}", tenant, learner)
            event["data"] = {"overall_score": 0.1}
            answer = await asyncio.to_thread(post, worker, "/internal/trigger", event)
            assert answer["decision"]["outcome"] == "decided"
            inputs.append(event["id"])
        assert state_of(worker, "tenant-a", "pupil")[2] == known
        await all_ended(worker, 100 + 1 + len(NAMESAKES))
        owned = {
            call.body["suggested_level"]
            for call in house.sandbox.calls
            if (call.tenant_id, call.learner_id) == ("tenant-a", "pupil")
            and call.path.endswith("level")
        }
        assert owned == {"advanced"}


ROUTES: Mapping[str, set[str]] = {
    "/health": {"GET", "HEAD"},
    "/health/live": {"GET", "HEAD"},
    "/health/ready": {"GET", "HEAD"},
    "/stats": {"GET", "HEAD"},
    "/metrics": {"GET", "HEAD"},
    "/ledger": {"GET", "HEAD"},
    "/internal/trigger": {"POST"},
    "/learners/l-1/state?tenant_id=t-1": {"GET", "HEAD"},
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

NAMES = ["type", "tenant_id", "learner_id", "data", "timestamp", "id", "overall_score", "score"]
VALUES = ["BASELINE_COMPLETE", "SEL_ALERT", "t-1", 0.5, -1, 1e308, "2025-03-01T09:00:00Z", "\ud800"]
anything = st.recursive(
    st.sampled_from(VALUES) | st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=10,
)
objects = st.dictionaries(st.sampled_from(NAMES), anything, max_size=7)
sound = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["BASELINE_COMPLETE", "LEARNER_PROGRESS", "SEL_ALERT"]),
        "tenant_id": st.text(min_size=1, max_size=20),
        "learner_id": st.text(min_size=1, max_size=20),
        "data": st.fixed_dictionaries(
            {"overall_score": st.floats(0, 1), "performance_score": st.floats(0, 1),
             "alert_type": st.text(max_size=9)}
        ),
    }
)  # fmt: skip
json_bodies = (objects | sound | anything).map(lambda found: json.dumps(found).encode())
bodies = (
    json_bodies
    | st.binary(max_size=200)
    | st.builds(lambda b, n: b[:n], json_bodies, st.integers(0, 80))
)
words = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.mark.fault(20)
async def test_no_method_address_or_body_is_answered_by_a_fault_of_ours(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with under_load(tmp_path, fault_report) as (house, inputs):
        (worker,) = house.workers
        await each_method_and_route(worker)
        await asyncio.to_thread(fuzz_bodies, worker, inputs)
        await asyncio.to_thread(fuzz_addresses, worker)
        await garbage(worker)


async def each_method_and_route(worker: WorkerProcess) -> None:
    for path, allowed in ROUTES.items():
        for method in METHODS:
            if method in allowed:
                continue
            status, kind, _ = await asyncio.to_thread(ask, worker, method, path)
            assert status == 405, (method, path, status)
            assert kind == "application/problem+json"


def rarely(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The same examples each time; other tests' limits of time do not hold over a network."""
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=slow)


def fuzz_bodies(worker: WorkerProcess, inputs: list[str]) -> None:
    """Whatever the body: it is decided, or refused with a problem."""

    @rarely(150)
    @given(bodies)
    def one(raw: bytes) -> None:
        status, kind, text = ask(worker, "POST", "/internal/trigger", raw)
        assert status in {200, 202, 400, 413, 422}, (raw, status, text)
        if status in {200, 202}:
            inputs.append(json.loads(text)["event_id"])
        else:
            assert kind == "application/problem+json"
            assert json.loads(text)["status"] == status

    one()


def fuzz_addresses(worker: WorkerProcess) -> None:
    """Whatever the address: it is there, or it is not."""

    @rarely(100)
    @given(words, words, words)
    def one(learner: str, name: str, value: str) -> None:
        path = f"/learners/{quote(learner, safe='')}/state?{urlencode({name: value})}"
        for address in (path, f"/{quote(learner)}", f"/health?{urlencode({name: value})}"):
            status, *_ = ask(worker, "GET", address)
            assert status in {200, 400, 404, 405, 422}, (address, status)

    one()


async def garbage(worker: WorkerProcess) -> None:
    """Bytes that are no HTTP are answered by 400, or not at all."""
    rng = random.Random(20)
    sent = [rng.randbytes(rng.randrange(1, 2_000)) for _ in range(100)]
    sent += [
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"X /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET " + b"/" * 100_000,
    ]
    for raw in sent:
        said = await say(worker, raw)
        assert not said or said.split()[1] in {b"400", b"404", b"414", b"431", b"505"}, (raw, said)
