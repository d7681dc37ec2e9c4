"""Absolute figures, as the metrics show them."""

from datetime import timedelta

from msgspec.structs import replace

from orchestrator.bridge.health import LaneCounters, LaneHealth, LaneSnapshot, LaneStatus
from orchestrator.clock import FixedClock
from orchestrator.core.actions import ActionType, Service
from orchestrator.core.refusals import Refusal
from orchestrator.core.trial_records import TrialKind, TrialRow, encode_trial
from orchestrator.delivery.standing import Standing
from orchestrator.gauges import Gauges
from orchestrator.observability.metrics import Metrics
from orchestrator.read_model.trial_figures import TrialFigures, encode_figures
from orchestrator.read_model.trials import KnownTrials
from orchestrator.stream.lag import Lag
from tests.comparison_example import example_comparison
from tests.unit.core.samples import START
from tests.unit.stream.samples import record

NOW_MS = int(START.timestamp() * 1000)
STREAM = {"stream": "aivo.events.sel"}
ENTRIES = "orchestrator_bridge_entries_total"


class House:
    def __init__(self) -> None:
        self.metrics = Metrics()
        self.gauges = Gauges(self.metrics, FixedClock(START))

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    def lane(self, counters: LaneCounters, **health: object) -> None:
        known = {"status": LaneStatus.READING, **STREAM, **health}
        shown = LaneHealth(**known)  # type: ignore[arg-type] # by name, as the test gives them
        self.gauges.take_lanes([LaneSnapshot(health=shown, counts=counters.snapshot())])


def test_the_growth_of_a_lanes_counts_is_counted_and_begins_at_nothing() -> None:
    house, counters = House(), LaneCounters()
    house.lane(counters)
    assert house.value(ENTRIES, result="missed", **STREAM) == 0
    counters.produced, counters.missed = 7, 2
    house.lane(counters)
    house.lane(counters)
    assert house.value(ENTRIES, result="produced", **STREAM) == 7
    assert house.value(ENTRIES, result="missed", **STREAM) == 2


def test_a_lane_without_redis_says_so_and_how_long_its_oldest_entry_waits() -> None:
    house, counters = House(), LaneCounters()
    house.lane(counters, lag=5, pending=3, oldest_pending_ms=NOW_MS - 90_000)
    assert house.value("orchestrator_redis_up", **STREAM) == 1
    assert house.value("orchestrator_redis_unread_entries", **STREAM) == 5
    assert house.value("orchestrator_redis_pending_entries", **STREAM) == 3
    assert house.value("orchestrator_redis_oldest_pending_seconds", **STREAM) == 90
    house.lane(counters, status=LaneStatus.DEGRADED, lacks="redis")
    assert house.value("orchestrator_redis_up", **STREAM) == 0


def test_a_lane_that_waits_for_kafka_has_redis() -> None:
    house = House()
    house.lane(LaneCounters(), status=LaneStatus.DEGRADED, lacks="kafka")
    assert house.value("orchestrator_redis_up", **STREAM) == 1


def test_a_stream_that_another_worker_reads_now_has_no_state_here() -> None:
    house, counters = House(), LaneCounters(produced=4)
    house.lane(counters)
    house.lane(counters, status=LaneStatus.STOPPED)
    assert house.value("orchestrator_redis_up", **STREAM) is None
    assert house.value("orchestrator_redis_pending_entries", **STREAM) is None
    assert house.value(ENTRIES, result="produced", **STREAM) == 4


def test_lag_is_told_in_records_and_seconds_until_the_partition_goes() -> None:
    house, place = House(), {"topic": "orchestrator.events", "partition": "3"}
    house.gauges.take_lags([Lag("orchestrator.events", 3, 40, NOW_MS - 2_500)])
    assert house.value("orchestrator_consumer_lag_records", **place) == 40
    assert house.value("orchestrator_consumer_lag_seconds", **place) == 2.5
    house.gauges.take_lags([Lag("orchestrator.events", 3, 0, None)])
    assert house.value("orchestrator_consumer_lag_seconds", **place) == 0
    house.gauges.take_lags([])
    assert house.value("orchestrator_consumer_lag_records", **place) is None
    assert house.value("orchestrator_consumer_lag_seconds", **place) is None


def test_what_stands_at_a_desk_is_shown_by_age_and_type() -> None:
    house = House()
    oldest = {
        ActionType.SEL_INTERVENTION: START - timedelta(minutes=2),
        ActionType.GAME_BREAK: None,
    }
    house.gauges.take_standing(Service.NOTIFICATION, Standing(9, oldest, is_held_back=True))
    service = {"service": "notification-svc"}
    age = "orchestrator_oldest_waiting_seconds"
    assert house.value("orchestrator_breaker_open", **service) == 1
    assert house.value("orchestrator_waiting_actions", **service) == 9
    assert house.value(age, type="SEL_INTERVENTION", **service) == 120
    assert house.value(age, type="GAME_BREAK", **service) == 0


def test_a_device_ahead_of_time_makes_no_negative_age() -> None:
    house = House()
    ahead = {ActionType.SEL_INTERVENTION: START + timedelta(minutes=2)}
    house.gauges.take_standing(Service.NOTIFICATION, Standing(1, ahead, is_held_back=False))
    age = {"service": "notification-svc", "type": "SEL_INTERVENTION"}
    assert house.value("orchestrator_oldest_waiting_seconds", **age) == 0


def test_dead_letters_of_the_cluster_have_a_count_for_each_reason_and_never_shrink() -> None:
    house, name = House(), "orchestrator_cluster_dead_letters_total"
    house.gauges.take_letters({Refusal.TOO_LARGE: 5, "a reason of another version": 1})
    house.gauges.take_letters({Refusal.TOO_LARGE: 4})
    house.gauges.take_letters({Refusal.TOO_LARGE: 6})
    assert house.value(name, reason="too large") == 6
    assert house.value(name, reason="wrong key") == 0
    assert house.value(name, reason="a reason of another version") is None


def test_of_a_trial_that_runs_is_shown_what_it_does_otherwise_and_of_an_ended_one_nothing() -> None:
    house, trials = House(), KnownTrials()
    row = TrialRow("shadow-a-1", TrialKind.SHADOW, "a", START)
    figures = TrialFigures("shadow-a-1", 7, False, False, example_comparison())
    trials.on_record(record(0, encode_trial(row), key=b"shadow-a-1"))
    trials.on_record(record(1, encode_figures(figures), key=b"shadow-a-1/figures"))
    breaks = next(each for each in figures.comparison.actions if each.type == ActionType.GAME_BREAK)

    house.gauges.take_trials(trials)

    labels = {"kind": "shadow", "type": "GAME_BREAK", "difference": "added"}
    assert house.value("orchestrator_trial_actions", **labels) == breaks.added > 0
    assert house.value("orchestrator_trial_behind_records", kind="shadow") == 7

    ended = replace(row, ended_at=START, reason="enough")
    trials.on_record(record(2, encode_trial(ended), key=b"shadow-a-1"))
    house.gauges.take_trials(trials)

    assert house.value("orchestrator_trial_actions", **labels) is None
    assert house.value("orchestrator_trial_behind_records", kind="shadow") is None


def test_when_a_canary_was_undone_last_is_shown_whoever_ended_others() -> None:
    house, trials, at = House(), KnownTrials(), "orchestrator_canary_undone_timestamp_seconds"
    house.gauges.take_trials(trials)
    assert house.value(at) == 0

    row = TrialRow("canary-a-1", TrialKind.CANARY, "a", START, ended_at=START, undone=True)
    by_hand = replace(row, trial="canary-a-2", ended_at=START + timedelta(hours=1), undone=False)
    for number, each in enumerate((row, by_hand)):
        trials.on_record(record(number, encode_trial(each), key=each.trial.encode()))
    house.gauges.take_trials(trials)

    assert house.value(at) == START.timestamp()
