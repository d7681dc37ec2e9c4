"""What the rooms report as it happens, put into the metrics: the one implementation of their ports.

What is only known as an absolute figure is in gauges.py.
"""

from collections import Counter
from collections.abc import Sequence

from orchestrator.clock import Clock
from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.fold import Folded
from orchestrator.delivery.settling import Ended
from orchestrator.observability.bounded import FirstFew
from orchestrator.observability.metrics import Metrics

SHOWN_POLICIES = 8
"""Versions that stand for themselves in a label; who tries out more a day sees the rest as one."""


class Counting:
    """The observer of the stream, the bridge, the decide agent and delivery.

    `clock`: the machine's, by which Kafka stamps its records and Redis its entries.
    """

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._policy = FirstFew(SHOWN_POLICIES)

    def on_read(self, stream: str, added: Sequence[int]) -> None:
        """The bridge: entries were read, which were added then (ms)."""
        self._metrics.redis_wait.observe_since((stream,), added, self._now_ms())

    def on_assigned(self) -> None:
        """The stream: partitions were assigned."""
        self._metrics.rebalances.inc()

    def on_restored(self, seconds: float, records: int) -> None:
        """The stream: tables were restored."""
        self._metrics.restore_seconds.observe(seconds)
        self._metrics.restored_records.inc(records)

    def on_begun(self, topic: str, written: Sequence[int]) -> None:
        """The stream: a batch begins, of records that were written then (ms)."""
        self._metrics.kafka_wait.observe_since((topic,), written, self._now_ms())

    def on_commit(self, *, ok: bool, seconds: float) -> None:
        """The stream: offsets were committed, or not."""
        self._metrics.commits.labels("ok" if ok else "failed").inc()
        self._metrics.commit_seconds.observe(seconds)

    def on_decided(self, folded: Folded, events: int, seconds: float) -> None:
        """The decide agent: a batch is durable."""
        self._metrics.batch_events.observe(events)
        self._metrics.batch_seconds.observe(seconds)
        for (kind, outcome), count in folded.by_type.items():
            self._metrics.events.labels(kind, outcome).inc(count)
        actions = Counter((a.type, a.rule, a.policy_version) for _, a in folded.actions)
        for (kind, rule, version), count in actions.items():
            self._metrics.actions.labels(kind, rule, self._policy(version)).inc(count)

    def on_first_attempt(self, service: Service, waited: float) -> None:
        """Delivery: an action is called for the first time, so many seconds after it came."""
        self._metrics.delivery_wait.labels(service).observe(waited)

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:
        """Delivery: one HTTP attempt ended."""
        self._metrics.attempt_seconds.labels(service, _status_class(status)).observe(seconds)

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        """Delivery: one action has its outcome."""
        self._metrics.deliveries.labels(service, action.type, ended.outcome).inc()
        if ended.outcome is Outcome.DELIVERED:
            seconds = (ended.at - action.created_at).total_seconds()
            self._metrics.end_to_end_seconds.labels(service).observe(max(0.0, seconds))

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _status_class(status: str) -> str:
    """2xx, 3xx, 4xx, 5xx; timeout; error for whatever else gave no answer."""
    if status[:1].isdigit():
        return f"{status[0]}xx"
    return "timeout" if "timeout" in status else "error"
