"""The one table of metrics. Base units (seconds), `_total` for counts, labels of closed sets only.

No learner, tenant or event id is ever a label: their number has no bound, and they are personal.
What comes by the thousand is counted once a batch. To add one: a row here, a line where it is
counted (orchestrator/counting.py as things happen, gauges.py once a second), and
`python -m orchestrator.observability.page` for docs/metrics.md.
"""

from prometheus_client import CollectorRegistry
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from orchestrator.observability.metric import Metric, counter, gauge, histogram, wait_histogram

BATCH_EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
BATCH_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
WAIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600)
ATTEMPT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
END_TO_END_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)
RESTORE_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300)
DELAY_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

STREAM = "an input stream of EVENT_STREAMS"
SERVICE = "learner-svc, notification-svc"
EVENT_TYPE = "the events' types (docs/domain.md, 1)"
ACTION_TYPE = "the actions' types (docs/domain.md, 3)"
TOPIC = "a topic that agents read"


class Metrics:
    """Every metric of one worker, on a registry of its own. Make one a process, in app.py."""

    # -- the worker

    build_info = gauge(
        "orchestrator_build_info",
        "Always 1; the labels tell what runs.",
        version="the package's version",
        guarantee="at_least_once, exactly_once",
    )
    is_initialized = gauge(
        "orchestrator_is_initialized",
        "1 while no rebalance is under way and all tables are restored, else 0.",
    )
    # A sleeping task's lateness: what holds up the loop holds up all that the worker does.
    event_loop_delay = histogram(
        "orchestrator_event_loop_delay_seconds",
        "How much later than it had to a task of the event loop got its turn.",
        DELAY_SECONDS,
    )

    # -- the entrance: Redis Streams

    redis_up = gauge(
        "orchestrator_redis_up",
        "1 while the stream can be read, 0 while Redis does not answer or refuses; "
        "of the streams that this worker reads.",
        stream=STREAM,
    )
    bridge_entries = counter(
        "orchestrator_bridge_entries_total",
        "Entries of the Redis streams, by what became of them.",
        stream=STREAM,
        result="produced (in Kafka), refused (a dead letter), reclaimed (taken over from another "
        "consumer), vanished (deleted while pending), missed (trimmed unread), breaks (times that "
        "the stream was reset)",
    )
    redis_wait = wait_histogram(
        "orchestrator_redis_wait_seconds",
        "From an entry's id, which is the time it was added, until it was read.",
        WAIT_SECONDS,
        stream=STREAM,
    )
    redis_unread = gauge(
        "orchestrator_redis_unread_entries",
        "Entries that no reader was given yet, as of some seconds ago.",
        stream=STREAM,
    )
    redis_pending = gauge(
        "orchestrator_redis_pending_entries",
        "Entries that were read and are not acknowledged, since Kafka does not have them yet.",
        stream=STREAM,
    )
    redis_oldest_pending = gauge(
        "orchestrator_redis_oldest_pending_seconds",
        "The age of the oldest of them; 0 while there is none.",
        stream=STREAM,
    )

    # -- Kafka

    kafka_up = gauge(
        "orchestrator_kafka_up",
        "1 while Kafka answers, 0 when it has been silent for some seconds.",
    )
    # Taken away again when the partition is (Gauge.remove), else a lag would stand for ever.
    consumer_lag = gauge(
        "orchestrator_consumer_lag_records",
        "Records between what is done and the end of the partition.",
        topic=TOPIC,
        partition="its number",
    )
    consumer_lag_seconds = gauge(
        "orchestrator_consumer_lag_seconds",
        "The age of the oldest record that is fetched and not done; 0 while there is none.",
        topic=TOPIC,
        partition="its number",
    )
    kafka_wait = wait_histogram(
        "orchestrator_kafka_wait_seconds",
        "From a record's writing until the batch begins in which it is worked on.",
        WAIT_SECONDS,
        topic=TOPIC,
    )
    rebalances = counter(
        "orchestrator_rebalances_total", "Assignments of partitions to this worker."
    )
    restore_seconds = histogram(
        "orchestrator_restore_seconds",
        "Time from an assignment until its tables were read back from their changelogs.",
        RESTORE_SECONDS,
    )
    restored_records = counter(
        "orchestrator_restored_records_total", "Changelog records that were read back."
    )
    restore_remaining = gauge(
        "orchestrator_restore_remaining_records",
        "Changelog offsets that are still to be read back; 0 while nothing is restored.",
    )
    commits = counter(
        "orchestrator_commits_total", "Commits of offsets to Kafka.", result="ok, failed"
    )
    # Under exactly once offsets are committed with the records, and these are few.
    commit_seconds = histogram(
        "orchestrator_commit_seconds", "Time of one such commit.", BATCH_SECONDS
    )

    # -- decisions

    events_in_flight = gauge(
        "orchestrator_events_in_flight_records",
        "Events that are in Kafka and not decided.",
        of_cluster=True,
    )
    # With the dead letters these are all that was received.
    events = counter(
        "orchestrator_events_total",
        "Events that were read from Kafka and ended.",
        type=EVENT_TYPE,
        outcome="decided, duplicate, late",
    )
    actions = counter(
        "orchestrator_actions_total",
        "Actions that were decided.",
        type=ACTION_TYPE,
        rule="the rules' ids (docs/domain.md, 3)",
        policy="the policy's version; the first eight that this worker decided by, then other",
    )
    batch_events = histogram(
        "orchestrator_decide_batch_events", "Events in a batch of the decide agent.", BATCH_EVENTS
    )
    batch_seconds = histogram(
        "orchestrator_decide_batch_seconds",
        "Time of a batch of the decide agent, its writes to Kafka included.",
        BATCH_SECONDS,
    )
    # Counted in a table, so that a worker which refuses too much and stops leaves a trace.
    dead_letters = counter(
        "orchestrator_cluster_dead_letters_total",
        "Inputs and actions that were put into the dead letters, each once, ever.",
        of_cluster=True,
        reason="the refusals of orchestrator/core/refusals.py",
    )
    policies_in_force = gauge(
        "orchestrator_policies_in_force",
        "Policies that partitions are decided by: 1, and 2 while a policy is switched.",
        of_cluster=True,
    )

    # -- trials of policies; there is one shadow, and one canary, at most

    trial_actions = gauge(
        "orchestrator_trial_actions",
        "Actions of the trial that runs, by what the candidate makes of those of the policy in "
        "force; none while no trial runs.",
        of_cluster=True,
        kind="shadow, canary",
        type=ACTION_TYPE,
        difference="same, changed, lost, added, moved",
    )
    trial_behind = gauge(
        "orchestrator_trial_behind_records",
        "Events that the figures of the trial that runs do not have yet; none while none runs.",
        of_cluster=True,
        kind="shadow, canary",
    )
    canary_unwatched = gauge(
        "orchestrator_canary_unwatched_seconds",
        "Since this worker last heard that somebody had looked at the guard rails of the canary "
        "that runs; 0 while none runs.",
    )
    canary_undone_at = gauge(
        "orchestrator_canary_undone_timestamp_seconds",
        "When the newest canary that broke a guard rail was undone, in seconds since 1970; 0 if "
        "none ever was.",
        of_cluster=True,
    )

    # -- delivery

    service_up = gauge(
        "orchestrator_service_up",
        "1 while somebody listens at the service's address, else 0.",
        service=SERVICE,
    )
    breaker_open = gauge(
        "orchestrator_breaker_open",
        "1 while the service is left alone after failures in a row, but for a probe; else 0.",
        service=SERVICE,
    )
    waiting_actions = gauge(
        "orchestrator_waiting_actions",
        "Actions that this worker has taken on and that have not ended, parked ones included.",
        service=SERVICE,
    )
    oldest_waiting = gauge(
        "orchestrator_oldest_waiting_seconds",
        "The age of the oldest of them, from its event's own time; 0 while there is none.",
        service=SERVICE,
        type=ACTION_TYPE,
    )
    delivery_wait = histogram(
        "orchestrator_delivery_wait_seconds",
        "From taking on an action until its first call begins.",
        WAIT_SECONDS,
        service=SERVICE,
    )
    attempt_seconds = histogram(
        "orchestrator_delivery_attempt_seconds",
        "Time of one HTTP call to a downstream service.",
        ATTEMPT_SECONDS,
        service=SERVICE,
        status="2xx, 3xx, 4xx, 5xx, timeout, error (no answer at all)",
    )
    deliveries = counter(
        "orchestrator_deliveries_total",
        "Actions that ended, by how; one that is replayed ends once more.",
        service=SERVICE,
        type=ACTION_TYPE,
        outcome="the outcomes of docs/domain.md, 4",
    )
    # Only delivered actions; the others have no end to measure to.
    end_to_end_seconds = histogram(
        "orchestrator_end_to_end_seconds",
        "From an event's own time to the delivery of its action.",
        END_TO_END_SECONDS,
        service=SERVICE,
    )

    # -- the ledger

    # What moves while it is read shows for a moment: min_over_time(...[2m]) is what matters.
    ledger_difference = gauge(
        "orchestrator_ledger_difference_records",
        "What came in and has no end that is known, or the other way round.",
        of_cluster=True,
        side="events, learner-svc, notification-svc",
    )

    # -- the history, from which /events and /actions are answered

    history_up = gauge(
        "orchestrator_history_up",
        "1 while the process that keeps this worker's history runs, else 0.",
    )
    history_behind = gauge(
        "orchestrator_history_behind_records",
        "Records of Kafka that the history does not have yet.",
    )

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        for attribute, row in rows().items():
            vars(self)[attribute] = row.build(self.registry)


def rows() -> "dict[str, Metric[object]]":
    """The table: its rows by their attributes, in order."""
    return {name: row for name, row in vars(Metrics).items() if isinstance(row, Metric)}
