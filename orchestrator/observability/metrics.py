"""The one table of metrics. Base units (seconds), `_total` for counts, labels of closed sets only.

No learner, tenant or event id is ever a label: their number has no bound, and they are personal.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

BATCH_EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
BATCH_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
ATTEMPT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
END_TO_END_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)
RESTORE_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300)


class Metrics:
    """Every metric of one worker, on a registry of its own. Make one a process, in app.py."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._entrance()
        self._decisions()
        self._delivery()
        self._kafka()
        self._ledger()

    def _entrance(self) -> None:
        # result: produced, refused (a dead letter), reclaimed (taken over from a lost reader),
        # vanished (deleted while pending), missed (trimmed unread), breaks (the stream was reset).
        self.bridge_entries = Counter(
            "orchestrator_bridge_entries_total",
            "Entries of the Redis streams, by what became of them.",
            ["stream", "result"],
            registry=self.registry,
        )
        # reason: orchestrator/core/refusals.py.
        self.dead_letters = Counter(
            "orchestrator_dead_letters_total",
            "Inputs and actions put into the dead letters.",
            ["reason"],
            registry=self.registry,
        )

    def _decisions(self) -> None:
        # outcome: decided, duplicate, late. With the dead letters these are all that was received.
        self.events = Counter(
            "orchestrator_events_total",
            "Events that were read from Kafka and ended.",
            ["type", "outcome"],
            registry=self.registry,
        )
        # rule: the ids of docs/domain.md, 3.
        self.actions = Counter(
            "orchestrator_actions_total",
            "Actions that were decided.",
            ["type", "rule"],
            registry=self.registry,
        )
        self.batch_events = Histogram(
            "orchestrator_decide_batch_events",
            "Events in a batch of the decide agent.",
            buckets=BATCH_EVENTS,
            registry=self.registry,
        )
        # From the batch's delivery by the transport until its offset may be committed.
        self.batch_seconds = Histogram(
            "orchestrator_decide_batch_seconds",
            "Time of a batch of the decide agent, its writes to Kafka included.",
            buckets=BATCH_SECONDS,
            registry=self.registry,
        )

    def _delivery(self) -> None:
        # service: learner-svc, notification-svc. type, outcome: orchestrator/core/actions.py.
        self.deliveries = Counter(
            "orchestrator_deliveries_total",
            "Actions that ended, by how; one that is replayed ends once more.",
            ["service", "type", "outcome"],
            registry=self.registry,
        )
        # status: 2xx, 3xx, 4xx, 5xx, or timeout, or error (no answer at all).
        self.attempt_seconds = Histogram(
            "orchestrator_delivery_attempt_seconds",
            "Time of one HTTP call to a downstream service.",
            ["service", "status"],
            buckets=ATTEMPT_SECONDS,
            registry=self.registry,
        )
        # Only delivered actions; the others have no end to measure to.
        self.end_to_end_seconds = Histogram(
            "orchestrator_end_to_end_seconds",
            "From an event's own time to the delivery of its action.",
            ["service"],
            buckets=END_TO_END_SECONDS,
            registry=self.registry,
        )

    def _kafka(self) -> None:
        # Taken away again when the partition is (Gauge.remove), else a lag would stand for ever.
        self.consumer_lag = Gauge(
            "orchestrator_consumer_lag_records",
            "Records between the committed offset and the end of the partition.",
            ["topic", "partition"],
            registry=self.registry,
        )
        self.rebalances = Counter(
            "orchestrator_rebalances_total",
            "Assignments of partitions to this worker.",
            registry=self.registry,
        )
        self.restore_seconds = Histogram(
            "orchestrator_restore_seconds",
            "Time from an assignment until its tables were read back from their changelogs.",
            buckets=RESTORE_SECONDS,
            registry=self.registry,
        )
        self.restored_records = Counter(
            "orchestrator_restored_records_total",
            "Changelog records that were read back.",
            registry=self.registry,
        )
        # result: ok, failed.
        self.commits = Counter(
            "orchestrator_commits_total",
            "Commits of offsets to Kafka.",
            ["result"],
            registry=self.registry,
        )

    def _ledger(self) -> None:
        # side: events, learner-svc, notification-svc. Of the whole cluster, alike at each worker.
        # What moves while it is read shows for a moment: min_over_time(...[2m]) is what matters.
        self.ledger_difference = Gauge(
            "orchestrator_ledger_difference_records",
            "What came in and has no end that is known, or the other way round.",
            ["side"],
            registry=self.registry,
        )
