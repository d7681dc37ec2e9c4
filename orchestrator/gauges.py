"""What is only known as an absolute figure, put into the metrics once a second."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client import Gauge

from orchestrator.bridge.health import LaneCounts, LaneHealth, LaneSnapshot, LaneStatus
from orchestrator.clock import Clock
from orchestrator.comparison.summary import Kind
from orchestrator.core.actions import Service
from orchestrator.core.ledger import Ledger
from orchestrator.core.refusals import Refusal
from orchestrator.delivery.standing import Standing
from orchestrator.observability.metrics import Metrics
from orchestrator.read_model.trials import KnownTrials
from orchestrator.stream.lag import Lag


class Gauges:
    """Takes what the parts tell of themselves.

    `clock`: the machine's, by which Kafka stamps its records and Redis its entries.
    """

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._entries: dict[tuple[str, str], int] = {}
        self._letters: dict[str, int] = {}
        self._lags: set[tuple[str, str]] = set()
        self._lanes: set[str] = set()

    def take_lanes(self, lanes: Iterable[LaneSnapshot]) -> None:
        """The bridge: absolute counts of each lane, of which the growth is counted; and its state.

        A stream that another worker reads has no state here.
        """
        read = []
        for lane in lanes:
            self._count(lane.health.stream, lane.counts)
            if lane.health.status is not LaneStatus.STOPPED:
                read.append(lane.health)
                self._show(lane.health)
        now = {lane.stream for lane in read}
        for stream in self._lanes - now:
            for each in self._of_lane():
                each.remove(stream)
        self._lanes = now

    def take_lags(self, lags: Iterable[Lag]) -> None:
        """The stream: the lag of each partition owned now; those gone are taken away."""
        records, seconds = self._metrics.consumer_lag, self._metrics.consumer_lag_seconds
        now = set()
        for lag in lags:
            labels = lag.topic, str(lag.partition)
            now.add(labels)
            records.labels(*labels).set(lag.records)
            seconds.labels(*labels).set(self._age(lag.oldest_ms))
        for labels in self._lags - now:
            records.remove(*labels)
            seconds.remove(*labels)
        self._lags = now

    def take_standing(self, service: Service, standing: Standing) -> None:
        """Delivery: what stands at a desk."""
        self._metrics.breaker_open.labels(service).set(standing.is_held_back)
        self._metrics.waiting_actions.labels(service).set(standing.actions)
        now = self._clock.now()
        for kind, oldest in standing.oldest.items():
            age = 0.0 if oldest is None else _since(oldest, now)
            self._metrics.oldest_waiting.labels(service, kind).set(age)

    def take_letters(self, letters: Mapping[str, int]) -> None:
        """The cluster's dead letters by reason, of which the growth is counted."""
        for reason in Refusal:
            before = self._letters.get(reason, 0)
            self._letters[reason] = max(before, letters.get(reason, 0))
            self._metrics.dead_letters.labels(reason).inc(self._letters[reason] - before)

    def take_trials(self, trials: KnownTrials) -> None:
        """The trials that run; the figures of those that have ended are taken away."""
        actions, behind = self._metrics.trial_actions, self._metrics.trial_behind
        actions.clear()
        behind.clear()
        for row in trials.running():
            figures = trials.figures.get(row.trial)
            if figures is None:
                continue
            behind.labels(row.kind).set(figures.behind)
            for each in figures.comparison.actions:
                for kind in Kind:
                    count = getattr(each, kind.value)
                    actions.labels(row.kind, each.type, kind).set(count)
        undone = (row.ended_at for row in trials.rows.values() if row.undone and row.ended_at)
        self._metrics.canary_undone_at.set(max((at.timestamp() for at in undone), default=0))

    def take_ledger(self, ledger: Ledger) -> None:
        """The ledger: what is unexplained."""
        for side, count in ledger.differences().items():
            self._metrics.ledger_difference.labels(side).set(count)

    def _count(self, stream: str, counts: LaneCounts) -> None:
        results = {
            "produced": counts.produced,
            "refused": sum(counts.dead_letters.values()),
            "reclaimed": counts.reclaimed,
            "vanished": counts.vanished,
            "missed": counts.missed,
            "breaks": counts.breaks,
        }
        for result, count in results.items():
            grown = max(0, count - self._entries.get((stream, result), 0))
            self._entries[stream, result] = count
            # Also where nothing has grown: Prometheus sees no growth from nothing to one.
            self._metrics.bridge_entries.labels(stream, result).inc(grown)

    def _show(self, lane: LaneHealth) -> None:
        figures = (
            lane.lacks != "redis",
            lane.lag or 0,
            lane.pending,
            self._age(lane.oldest_pending_ms),
        )
        for each, figure in zip(self._of_lane(), figures, strict=True):
            each.labels(lane.stream).set(figure)

    def _of_lane(self) -> tuple[Gauge, ...]:
        metrics = self._metrics
        return (
            metrics.redis_up,
            metrics.redis_unread,
            metrics.redis_pending,
            metrics.redis_oldest_pending,
        )

    def _age(self, at_ms: int | None) -> float:
        return 0.0 if at_ms is None else max(0.0, self._clock.now().timestamp() - at_ms / 1000)


def _since(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())
