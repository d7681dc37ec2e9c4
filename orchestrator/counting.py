"""What the rooms report, put into the metrics: the one implementation of their observer ports."""

from orchestrator.bridge.health import LaneSnapshot
from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.fold import Folded
from orchestrator.core.ledger import Ledger
from orchestrator.delivery.settling import Ended
from orchestrator.observability.metrics import Metrics

Lag = tuple[str, int, int]
"""(topic, partition, records)"""


class Counting:
    """The observer of the stream, of the decide agent and of delivery."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._bridge: dict[tuple[str, str], int] = {}
        self._lags: set[tuple[str, str]] = set()

    def on_assigned(self) -> None:
        """The stream: partitions were assigned."""
        self._metrics.rebalances.inc()

    def on_restored(self, seconds: float, records: int) -> None:
        """The stream: tables were restored."""
        self._metrics.restore_seconds.observe(seconds)
        self._metrics.restored_records.inc(records)

    def on_commit(self, *, ok: bool) -> None:
        """The stream: offsets were committed, or not."""
        self._metrics.commits.labels("ok" if ok else "failed").inc()

    def on_decided(self, folded: Folded, events: int, seconds: float) -> None:
        """The decide agent: a batch is durable."""
        self._metrics.batch_events.observe(events)
        self._metrics.batch_seconds.observe(seconds)
        for (kind, outcome), count in folded.by_type.items():
            self._metrics.events.labels(kind, outcome).inc(count)
        for _, action in folded.actions:
            self._metrics.actions.labels(action.type, action.rule).inc()
        for reason in folded.refusals:
            self._metrics.dead_letters.labels(reason).inc()

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:
        """Delivery: one HTTP attempt ended."""
        self._metrics.attempt_seconds.labels(service, _status_class(status)).observe(seconds)

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        """Delivery: one action has its outcome."""
        self._metrics.deliveries.labels(service, action.type, ended.outcome).inc()
        if ended.outcome is Outcome.DELIVERED:
            seconds = (ended.at - action.created_at).total_seconds()
            self._metrics.end_to_end_seconds.labels(service).observe(max(0.0, seconds))

    def take_lanes(self, lanes: tuple[LaneSnapshot, ...]) -> None:
        """The bridge: absolute counts of each lane, of which the growth is counted."""
        for lane in lanes:
            stream, counts = lane.health.stream, lane.counts
            refused = sum(counts.dead_letters.values())
            self._grow(stream, "produced", counts.produced)
            self._grow(stream, "refused", refused)
            self._grow(stream, "reclaimed", counts.reclaimed)
            self._grow(stream, "vanished", counts.vanished)
            self._grow(stream, "missed", counts.missed)
            self._grow(stream, "breaks", counts.breaks)

    def take_ledger(self, ledger: Ledger) -> None:
        """The ledger: what is unexplained."""
        for side, count in ledger.differences().items():
            self._metrics.ledger_difference.labels(side).set(count)

    def take_lags(self, lags: list[Lag]) -> None:
        """The stream: the lag of each partition owned now; those gone are taken away."""
        now = {(topic, str(partition)) for topic, partition, _ in lags}
        for labels in self._lags - now:
            self._metrics.consumer_lag.remove(*labels)
        self._lags = now
        for topic, partition, records in lags:
            self._metrics.consumer_lag.labels(topic, str(partition)).set(records)

    def _grow(self, stream: str, result: str, count: int) -> None:
        grown = count - self._bridge.get((stream, result), 0)
        self._bridge[stream, result] = count
        if grown > 0:
            self._metrics.bridge_entries.labels(stream, result).inc(grown)


def _status_class(status: str) -> str:
    """2xx, 3xx, 4xx, 5xx; timeout; error for whatever else gave no answer."""
    if status[:1].isdigit():
        return f"{status[0]}xx"
    return "timeout" if "timeout" in status else "error"
