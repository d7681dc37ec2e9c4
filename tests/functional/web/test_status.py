"""GET /health, its probes, /stats and /metrics, on the real server."""

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_prometheus

from orchestrator.core.actions import Outcome, Service
from orchestrator.core.counters import LabelCounters
from orchestrator.core.ledger import Reading, ledger_of
from orchestrator.read_model.ledger_watch import Seen
from orchestrator.web.ports import Component, HealthReport, Status
from tests.functional.web.house import NOON, WELL, House, components

SICK = Component(status=Status.UNHEALTHY, detail="restoring, 40 %")


async def test_health_tells_of_every_part(client: aiohttp.ClientSession) -> None:
    async with client.get("/health") as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        body = await response.json()
    assert (body["status"], body["version"]) == ("healthy", "1.2.3")
    assert body["timestamp"] == "2026-03-04T12:00:00Z"
    parts = body["components"]
    assert set(parts) == {
        "event_consumer",
        "orchestration_engine",
        "redis_connection",
        "service_clients",
        "kafka",
        "tables",
    }
    assert set(parts["service_clients"]) == {"learner_svc", "notification_svc"}
    assert parts["kafka"] == {"status": "healthy", "detail": "well"}
    assert set(body) == {"status", "timestamp", "version", "components"}


@pytest.mark.parametrize(
    ("parts", "status", "code"),
    [
        ({"redis_connection": Status.UNHEALTHY}, "degraded", 200),
        ({"learner_svc": Status.DEGRADED}, "degraded", 200),
        ({"tables": Status.DEGRADED}, "degraded", 200),
        ({"kafka": Status.UNHEALTHY}, "unhealthy", 503),
        (
            {"event_consumer": Status.UNHEALTHY, "redis_connection": Status.DEGRADED},
            "unhealthy",
            503,
        ),
    ],
)
async def test_health_is_the_sum_of_its_parts(
    house: House, client: aiohttp.ClientSession, parts: dict[str, Status], status: str, code: int
) -> None:
    house.report = HealthReport(components=components(**parts), live=WELL, ready=WELL)
    async with client.get("/health") as response:
        assert response.status == code
        assert (await response.json())["status"] == status


async def test_the_probes_look_at_one_thing_each(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.report = HealthReport(components=components(), live=WELL, ready=SICK)
    async with client.get("/health/live") as live, client.get("/health/ready") as ready:
        assert (live.status, ready.status) == (200, 503)
        assert await ready.json() == {"status": "unhealthy", "detail": "restoring, 40 %"}
    house.report = HealthReport(components=components(), live=SICK, ready=WELL)
    async with client.get("/health/live") as live, client.get("/health/ready") as ready:
        assert (live.status, ready.status) == (503, 200)


async def test_stats_are_flat_and_balance(client: aiohttp.ClientSession) -> None:
    async with client.get("/stats") as response:
        stats = await response.json()
    parts = ("total_events_processed", "duplicates", "late", "dead_letters", "events_in_flight")
    assert stats["total_events_received"] == sum(stats[part] for part in parts) == 10
    assert stats["last_event_processed_at"] == "2026-03-04T12:00:00Z"
    assert stats["is_initialized"] is True
    assert stats.pop("trials") == []
    assert len(stats) == 24
    assert not any(isinstance(value, dict | list) for value in stats.values())


async def test_stats_without_any_event_say_so(house: House, client: aiohttp.ClientSession) -> None:
    house.figures = house.figures.model_copy(update={"last_event_processed_at": None})
    async with client.get("/stats") as response:
        assert (await response.json())["last_event_processed_at"] is None


async def test_the_ledger_is_told_by_partition_and_service_with_its_sums(
    house: House, client: aiohttp.ClientSession
) -> None:
    reading = Reading(
        ends={0: 5, 1: 7},
        waiting={(1, Service.LEARNER): 2},
        outcomes={(1, Service.LEARNER): LabelCounters(counts={"delivered": 1})},
    )
    ledger = ledger_of(reading, partitions=2)
    house.seen = Seen(NOON, ledger, dict.fromkeys(ledger.unexplained(), NOON))
    async with client.get("/ledger") as response:
        assert response.status == 200
        told = await response.json()
    assert (told["as_of"], told["balanced"]) == ("2026-03-04T12:00:00Z", False)
    events, actions = told["events"], told["services"]["learner-svc"]
    assert (events["total"]["received"], events["total"]["in_flight"]) == (12, 12)
    assert (events["total"]["unexplained"], events["total"]["unexplained_since"]) == (0, None)
    assert [row["partition"] for row in events["partitions"]] == [0, 1]
    assert actions["partitions"][1]["parked"] == actions["total"]["parked"] == 2
    assert actions["partitions"][1]["unexplained"] == actions["total"]["unexplained"] == -3
    assert actions["total"]["unexplained_since"] == "2026-03-04T12:00:00Z"
    assert actions["total"]["outcomes"]["delivered"] == 1
    assert set(actions["total"]["outcomes"]) == set(Outcome)
    assert set(told["services"]) == {"learner-svc", "notification-svc"}


async def test_a_ledger_that_was_not_read_yet_is_not_told(client: aiohttp.ClientSession) -> None:
    async with client.get("/ledger") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "2")
        assert response.content_type == "application/problem+json"


async def test_metrics_speak_prometheus_by_default(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.metrics.dead_letters.labels("not utf-8").inc()
    async with client.get("/metrics") as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        families = {f.name for f in read_prometheus(await response.text())}
    assert "orchestrator_cluster_dead_letters" in families


async def test_metrics_speak_openmetrics_if_asked(client: aiohttp.ClientSession) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with client.get("/metrics", headers=accept) as response:
        assert response.headers["Content-Type"].startswith("application/openmetrics-text")
        page = await response.text()
    assert page.endswith("# EOF\n")
    families = read_openmetrics(page)  # type: ignore[no-untyped-call]
    assert "orchestrator_rebalances" in {family.name for family in families}


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/stats", "/metrics"])
async def test_head_answers_as_get_does_but_for_the_body(
    client: aiohttp.ClientSession, path: str
) -> None:
    async with client.head(path) as response:
        assert response.status == 200
        assert await response.read() == b""
