"""How the worker is, told from its parts: the source of /health and the probes."""

from collections.abc import Callable, Mapping, Sequence

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.health import LaneHealth, LaneStatus
from orchestrator.core.actions import Service
from orchestrator.delivery.client import ServiceClient
from orchestrator.delivery.health import HealthStatus
from orchestrator.delivery.reach import Reach
from orchestrator.stream.app import StreamApp
from orchestrator.stream.consumer import BatchConsumer
from orchestrator.stream.pulse import Pulse
from orchestrator.web.ports import (
    Component,
    Components,
    HealthReport,
    ServiceClients,
    Status,
)

STUCK_AFTER_S = 30.0

OF_SERVICE = {
    HealthStatus.HEALTHY: Status.HEALTHY,
    HealthStatus.UNKNOWN: Status.HEALTHY,
    HealthStatus.DEGRADED: Status.DEGRADED,
}
"""A service that was not called yet is not in trouble."""


class Vitals:
    """Reads what the parts know of themselves; asks nobody."""

    def __init__(
        self,
        app: StreamApp,
        *,
        bridge: Bridge,
        clients: Mapping[Service, ServiceClient],
        reach: Mapping[Service, Reach],
        pulse: Pulse,
        policies: Callable[[], str],
        history: Callable[[], str | None],
        trials: Callable[[], str | None],
        monotonic: Callable[[], float],
    ) -> None:
        """`history`: why the history stands still, None if it does not; `trials`: why they are not
        watched, None if they are.
        """
        self._app = app
        self._bridge = bridge
        self._clients = clients
        self._reach = reach
        self._pulse = pulse
        self._policies = policies
        self._history = history
        self._trials = trials
        self._progress = Progress(monotonic)

    def health(self) -> HealthReport:
        """The present report."""
        components = Components(
            event_consumer=self._event_consumer(),
            orchestration_engine=self._engine(),
            redis_connection=self._redis(),
            service_clients=ServiceClients(
                learner_svc=self._service(Service.LEARNER),
                notification_svc=self._service(Service.NOTIFICATION),
            ),
            kafka=self._kafka(),
            tables=self._tables_and_history(),
        )
        return HealthReport(components=components, live=self._live(), ready=self._ready())

    def _consumer(self) -> BatchConsumer | None:
        consumer = self._app.consumer
        return consumer if isinstance(consumer, BatchConsumer) else None

    def _event_consumer(self) -> Component:
        consumer = self._consumer()
        if consumer is None or consumer.generation < 0:
            return Component(status=Status.DEGRADED, detail="joining the group of workers")
        waiting = sum(flow.pending for flow in consumer.flows.values())
        return Component(
            status=Status.HEALTHY,
            detail=f"{len(consumer.flows)} partitions, {waiting} records fetched and waiting",
        )

    def _engine(self) -> Component:
        reason = self._app.crash_reason
        if reason is not None:
            return Component(status=Status.UNHEALTHY, detail=f"stopping: {reason}")
        if (trouble := self._trials()) is not None:
            return Component(status=Status.DEGRADED, detail=trouble)
        return Component(status=Status.HEALTHY, detail=f"policy {self._policies() or 'not yet'}")

    def _redis(self) -> Component:
        lanes = [lane for lane in self._bridge.health() if lane.status is not LaneStatus.STOPPED]
        degraded = [lane for lane in lanes if lane.status is LaneStatus.DEGRADED]
        if degraded:
            return Component(status=Status.DEGRADED, detail=troubles_of(degraded))
        return Component(status=Status.HEALTHY, detail=f"{len(lanes)} streams are read here")

    def _service(self, service: Service) -> Component:
        health = self._clients[service].health()
        trouble = self._reach[service].trouble
        if trouble is not None and health.status is not HealthStatus.DEGRADED:
            return Component(status=Status.DEGRADED, detail=trouble)
        return Component(status=OF_SERVICE[health.status], detail=health.detail)

    def _kafka(self) -> Component:
        trouble = self._pulse.trouble()
        if trouble is not None:
            return Component(status=Status.UNHEALTHY, detail=trouble)
        return Component(status=Status.HEALTHY, detail="answers")

    def _tables(self) -> Component:
        consumer = self._consumer()
        if consumer is None or consumer.generation < 0:
            return Component(status=Status.DEGRADED, detail="no partitions yet")
        if consumer.opening:
            detail = f"{consumer.opening} partitions are being restored"
            return Component(status=Status.DEGRADED, detail=detail)
        return Component(status=Status.HEALTHY, detail=f"{len(consumer.flows)} partitions restored")

    def _tables_and_history(self) -> Component:
        """The history is no table, but what is looked up; nothing is decided by it."""
        tables, trouble = self._tables(), self._history()
        if tables.status is Status.HEALTHY and trouble is not None:
            return Component(status=Status.DEGRADED, detail=f"{tables.detail}; {trouble}")
        return tables

    def _live(self) -> Component:
        consumer = self._consumer()
        stuck_s = self._progress.stuck_for(consumer) if consumer is not None else 0.0
        if stuck_s > STUCK_AFTER_S:
            detail = f"no partition has moved for {stuck_s:.0f} s while records wait"
            return Component(status=Status.UNHEALTHY, detail=detail)
        return Component(status=Status.HEALTHY, detail="moving")

    def _ready(self) -> Component:
        if self._app.should_stop:
            return Component(status=Status.UNHEALTHY, detail="draining")
        tables = self._tables()
        if tables.status is not Status.HEALTHY:
            return Component(status=Status.UNHEALTHY, detail=tables.detail)
        return tables


class Progress:
    """How long nothing has moved although there is work."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._done = -1
        self._moved_at = monotonic()

    def stuck_for(self, consumer: BatchConsumer) -> float:
        """Seconds since any partition moved on, 0 when nothing waits."""
        done = sum(flow.done for flow in consumer.flows.values())
        idle = all(flow.is_idle and not flow.pending for flow in consumer.flows.values())
        if idle or done != self._done:
            self._done, self._moved_at = done, self._monotonic()
        return self._monotonic() - self._moved_at


def troubles_of(lanes: Sequence[LaneHealth]) -> str:
    """What is amiss with lanes, each trouble once, behind the names of the streams that have it."""
    streams: dict[str, list[str]] = {}
    for lane in lanes:
        streams.setdefault(lane.detail, []).append(lane.stream)
    return "; ".join(f"{', '.join(names)}: {detail}" for detail, names in streams.items())
