"""The overview, read from what the worker's parts know of themselves; asks nobody."""

from collections import Counter
from collections.abc import Iterable, Mapping

from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.health import LaneSnapshot, LaneStatus
from orchestrator.clock import Clock
from orchestrator.core.actions import SERVICE_OF, ActionType, Outcome, Service
from orchestrator.core.counters import DecideCounters
from orchestrator.core.ledger import Reading
from orchestrator.delivery.client import ServiceClient
from orchestrator.delivery.desk import Desk
from orchestrator.observability.metrics import Metrics
from orchestrator.read_model.totals import Totals
from orchestrator.stream.app import StreamApp
from orchestrator.stream.consumer import BatchConsumer
from orchestrator.stream.pulse import Pulse
from orchestrator.topics import EVENTS, LANES
from orchestrator.web.overview.shown import (
    ActionTypeShown,
    BreakerState,
    LaneShown,
    OverviewShown,
    PartitionShown,
    ServiceShown,
)


class Overview:
    """Implements the OverviewSource port."""

    def __init__(
        self,
        app: StreamApp,
        *,
        bridge: Bridge,
        desks: Mapping[Service, Desk],
        clients: Mapping[Service, ServiceClient],
        totals: Totals,
        pulse: Pulse,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._app = app
        self._bridge = bridge
        self._desks = desks
        self._clients = clients
        self._totals = totals
        self._pulse = pulse
        self._metrics = metrics
        self._clock = clock

    def overview(self) -> OverviewShown:
        """The present overview."""
        consumer = self._app.consumer
        reading = self._totals.reading()
        return OverviewShown(
            as_of=self._clock.now(),
            url=self._app.address,
            workers=consumer.members if isinstance(consumer, BatchConsumer) else 0,
            lanes=[self._lane(*each) for each in enumerate(self._bridge.snapshot())],
            services=[self._service(service, reading) for service in Service],
            actions=self._actions(reading),
            partitions=self._partitions(reading),
        )

    def _owner(self, topic: str, partition: int) -> str | None:
        is_member = isinstance(self._app.consumer, BatchConsumer)
        return self._app.address_of(topic, partition) if is_member else None

    def _lane(self, index: int, lane: LaneSnapshot) -> LaneShown:
        health, counts = lane.health, lane.counts
        owner = self._owner(LANES, index)
        if health.status is LaneStatus.STOPPED:
            return LaneShown(stream=health.stream, owner=owner, here=False)
        return LaneShown(
            stream=health.stream,
            owner=owner,
            here=True,
            status=health.status,
            detail=health.detail,
            lag=health.lag,
            pending=health.pending,
            gaps=health.gaps,
            produced=counts.produced,
            refused=sum(counts.dead_letters.values()),
            last_read_at=health.last_read_at,
        )

    def _service(self, service: Service, reading: Reading) -> ServiceShown:
        desk, health = self._desks[service], self._clients[service].health()
        is_open = desk.breaker.is_open
        ended = (c.counts for (_, who), c in reading.outcomes.items() if who is service)
        return ServiceShown(
            service=service,
            breaker=BreakerState.OPEN if is_open else BreakerState.CLOSED,
            probe_in_seconds=round(desk.breaker.probe_in, 3) if is_open else None,
            waiting=desk.waiting,
            last_success_at=health.last_success,
            last_failure_at=health.last_failure,
            outcomes=_by_outcome(ended),
        )

    def _actions(self, reading: Reading) -> list[ActionTypeShown]:
        decided: Counter[str] = Counter()
        for counters in reading.decide.values():
            decided.update(counters.actions)
        ended = self._ended_here()
        return [
            ActionTypeShown(
                type=kind,
                service=SERVICE_OF[kind],
                decided=decided[kind],
                ended=_by_outcome([ended.get(kind, {})]),
            )
            for kind in ActionType
        ]

    def _ended_here(self) -> dict[str, dict[str, int]]:
        """What delivery has counted, by type and outcome."""
        found: dict[str, dict[str, int]] = {}
        for metric in self._metrics.deliveries.collect():
            for sample in metric.samples:
                if sample.name.endswith("_total"):
                    kind, outcome = sample.labels["type"], sample.labels["outcome"]
                    found.setdefault(kind, {})[outcome] = int(sample.value)
        return found

    def _partitions(self, reading: Reading) -> list[PartitionShown]:
        ends = self._pulse.ends()
        waiting: Counter[int] = Counter()
        for (number, _), count in reading.waiting.items():
            waiting[number] += count
        return [
            self._partition(number, end, reading.decide.get(number), waiting[number])
            for number, end in sorted(ends.items())
        ]

    def _partition(
        self, number: int, end: int, counters: DecideCounters | None, waiting: int
    ) -> PartitionShown:
        known = counters or DecideCounters()
        return PartitionShown(
            partition=number,
            owner=self._owner(EVENTS, number),
            here=isinstance(self._app.consumer, BatchConsumer) and self._app.holds(EVENTS, number),
            in_flight=max(0, end - known.offset - 1),
            decided=known.decided,
            learners=known.learners,
            waiting=max(0, waiting),
        )


def _by_outcome(all_counts: Iterable[Mapping[str, int]]) -> dict[Outcome, int]:
    total: Counter[str] = Counter()
    for counts in all_counts:
        total.update(counts)
    return {outcome: total[outcome] for outcome in Outcome}
