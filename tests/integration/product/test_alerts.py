"""What is killed shows in /health within five seconds, and rings exactly its alerts.

By a real Prometheus and the rules that are shipped, but that each `for:` and each range is a
fortieth: two minutes are three seconds. Thresholds stand as they are; so the intervention that
waits is one of an event that is ten minutes old.
"""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from orchestrator.clock import SystemClock
from orchestrator.embedded.sandbox import Sandbox
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import CONFIG, Entry, House
from tests.product.prometheus import Prometheus, needs_prometheus
from tests.repository.deployment.watched import base_metrics, in_dashboards, in_rules
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FACTOR = 40
SEEN_WITHIN_S = 5.0


class Scene(NamedTuple):
    """A worker with a service apart for each, and a shadow beside its policy."""

    house: House
    notification: Sandbox
    worker: WorkerProcess


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("alerts")
    shadow = folder / "candidate.toml"
    policy = (CONFIG / "policy.toml").read_text(encoding="utf-8")
    shadow.write_text(policy.replace("after_minutes = 25", "after_minutes = 20"), encoding="utf-8")
    async with House(folder) as house, Sandbox() as notification:
        worker = house.new_worker(
            NOTIFICATION_SVC_URL=notification.url, SHADOW_POLICY_FILE=str(shadow)
        )
        await asyncio.to_thread(worker.start)
        yield Scene(house, notification, worker)


numbers = count()


def event(stream: str, kind: str, data: dict[str, Any], minutes_ago: float = 0) -> Entry:
    """Of a learner of its own."""
    number = next(numbers)
    return f"aivo.events.{stream}", {
        "id": f"event-{number}",
        "type": kind,
        "tenant_id": "tenant-1",
        "learner_id": f"learner-{number}",
        "timestamp": (SystemClock().now() - timedelta(minutes=minutes_ago)).isoformat(),
        "data": data,
    }


def alert(minutes_ago: float = 0) -> Entry:
    """Calls for an intervention."""
    data = {"alert_type": "anxiety", "severity": "high"}
    return event("sel", "SEL_ALERT", data, minutes_ago)


def lesson() -> list[Entry]:
    """Calls for something of each service."""
    return [
        alert(),
        event("baseline", "BASELINE_COMPLETE", {"overall_score": 0.95, "challenges": ["writing"]}),
        event("learner", "ENGAGEMENT_LOW", {"engagement_score": 0.1}),
    ]


def health(worker: WorkerProcess) -> dict[str, str]:
    """The parts of /health that are not healthy, with the reason."""
    try:
        with urllib.request.urlopen(worker.url + "/health", timeout=5) as answer:
            report = json.load(answer)
    except urllib.error.HTTPError as error:
        report = json.load(error)
    parts = report["components"] | report["components"].pop("service_clients")
    return {name: part["detail"] for name, part in parts.items() if part["status"] != "healthy"}


async def test_what_rules_and_dashboards_ask_for_is_on_the_page_of_a_worker(scene: Scene) -> None:
    await scene.house.add(lesson())
    wanted = base_metrics([*in_rules(), *in_dashboards()])
    await eventually(lambda: missing(scene.worker, wanted) == [], within=40)


def missing(worker: WorkerProcess, wanted: set[tuple[str, frozenset[str]]]) -> list[str]:
    with urllib.request.urlopen(worker.url + "/metrics", timeout=5) as answer:
        families = text_string_to_metric_families(answer.read().decode())
        shown = {
            sample.name: frozenset(sample.labels) for each in families for sample in each.samples
        }
    return sorted(
        f"{name} {sorted(labels)}"
        for name, labels in wanted
        if not labels <= shown.get(name, {"-"})
    )


class Kill(NamedTuple):
    """What is ended and brought back, the part of /health that shows it, and what rings."""

    part: str
    end: Callable[[], Awaitable[object]]
    bring_back: Callable[[], Awaitable[object]]
    alerts: set[str]


def kills(scene: Scene) -> list[Kill]:
    """One after the other. While a service or Kafka is away, events go on."""
    house, notification, thread = scene.house, scene.notification, asyncio.to_thread

    async def end_learner() -> None:
        await house.sandbox.stop()
        await house.add(lesson())

    async def end_notification() -> None:
        await notification.stop()
        await house.add([*lesson(), alert(minutes_ago=10)])

    async def end_kafka() -> None:
        await thread(house.kafka.kill)
        await house.add(lesson())

    failing = "NotificationServiceFailing"
    return [
        Kill("learner_svc", end_learner, house.sandbox.start, {"LearnerServiceFailing"}),
        Kill(
            "notification_svc",
            end_notification,
            notification.start,
            {failing, "HighSeverityWaiting"},
        ),
        Kill(
            "redis_connection",
            lambda: thread(house.valkey.kill),
            lambda: thread(house.valkey.start),
            {"RedisUnreachable"},
        ),
        Kill("kafka", end_kafka, lambda: thread(house.kafka.start), {"KafkaUnreachable"}),
    ]


@needs_prometheus
async def test_each_kill_shows_in_health_and_rings_its_alerts_and_no_others(
    scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = scene.worker.url.removeprefix("http://")
    with Prometheus(tmp_path_factory.mktemp("prometheus"), target, FACTOR) as prometheus:
        await eventually(lambda: bool(prometheus.series("up")), within=10)
        for kill in kills(scene):
            await endure(kill, scene.worker, prometheus)
        assert prometheus.rules_in_trouble() == {}
    await scene.house.settled(scene.worker, next(numbers))


async def endure(kill: Kill, worker: WorkerProcess, prometheus: Prometheus) -> None:
    began = time.monotonic()
    assert health(worker) == {}
    assert prometheus.firing() == set()

    await kill.end()
    await eventually(lambda: kill.part in health(worker), within=SEEN_WITHIN_S)
    await eventually(lambda: prometheus.firing() >= kill.alerts, within=20)

    await kill.bring_back()
    await eventually(lambda: health(worker) == {}, within=30)
    await eventually(lambda: prometheus.firing() == set(), within=20)
    assert prometheus.rang(time.monotonic() - began) == kill.alerts
