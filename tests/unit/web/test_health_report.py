"""How the sum of the parts is told."""

import pytest

from orchestrator.web.ports import Component, Components, HealthReport, ServiceClients, Status

ESSENTIAL = ("event_consumer", "orchestration_engine", "kafka", "tables")
OTHERS = ("redis_connection", "learner_svc", "notification_svc")


def status_with(**parts: Status) -> Status:
    def part(name: str) -> Component:
        return Component(status=parts.get(name, Status.HEALTHY), detail="")

    clients = ServiceClients(
        learner_svc=part("learner_svc"), notification_svc=part("notification_svc")
    )
    components = Components(
        event_consumer=part("event_consumer"),
        orchestration_engine=part("orchestration_engine"),
        redis_connection=part("redis_connection"),
        service_clients=clients,
        kafka=part("kafka"),
        tables=part("tables"),
    )
    return HealthReport(components=components, live=part("live"), ready=part("ready")).status


def test_all_well_is_healthy_whatever_the_probes_say() -> None:
    assert status_with() is Status.HEALTHY
    assert status_with(ready=Status.UNHEALTHY) is Status.HEALTHY


@pytest.mark.parametrize("name", ESSENTIAL + OTHERS)
def test_any_part_that_is_degraded_degrades(name: str) -> None:
    assert status_with(**{name: Status.DEGRADED}) is Status.DEGRADED


@pytest.mark.parametrize("name", ESSENTIAL)
def test_without_an_essential_part_nothing_is_decided(name: str) -> None:
    assert status_with(**{name: Status.UNHEALTHY}) is Status.UNHEALTHY


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_waited_for_only_degrades(name: str) -> None:
    assert status_with(**{name: Status.UNHEALTHY}) is Status.DEGRADED
