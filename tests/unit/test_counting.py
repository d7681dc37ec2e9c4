"""What the rooms report, as the metrics show it."""

from datetime import timedelta

from orchestrator.clock import FixedClock
from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.counters import DecideCounters
from orchestrator.core.fold import Folded
from orchestrator.counting import SHOWN_POLICIES, Counting
from orchestrator.delivery.settling import Ended
from orchestrator.observability.metrics import Metrics
from tests.unit.core.samples import START
from tests.unit.delivery.samples import action

SERVICE = {"service": "learner-svc"}


class House:
    def __init__(self) -> None:
        self.metrics = Metrics()
        self.counting = Counting(self.metrics, FixedClock(START))

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    def decides(self, *actions: Action) -> None:
        folded = Folded(DecideCounters(), actions=[(b"key", each) for each in actions])
        self.counting.on_decided(folded, len(actions), 0.01)


def test_actions_are_counted_by_rule_and_policy() -> None:
    house, one = House(), action(policy_version="a" * 12)
    house.decides(one, one, action(policy_version="b" * 12))
    labels = {"type": str(one.type), "rule": one.rule}
    assert house.value("orchestrator_actions_total", policy="a" * 12, **labels) == 2
    assert house.value("orchestrator_actions_total", policy="b" * 12, **labels) == 1


def test_however_many_policies_are_tried_the_label_has_few_values() -> None:
    house, one = House(), action()
    house.decides(*(action(policy_version=str(number)) for number in range(SHOWN_POLICIES + 5)))
    labels = {"type": str(one.type), "rule": one.rule}
    assert house.value("orchestrator_actions_total", policy="7", **labels) == 1
    assert house.value("orchestrator_actions_total", policy="8", **labels) is None
    assert house.value("orchestrator_actions_total", policy="other", **labels) == 5


def test_what_waited_in_kafka_is_counted_by_the_batch() -> None:
    house, now_ms = House(), int(START.timestamp() * 1000)
    house.counting.on_begun("orchestrator.events", [now_ms - 400, now_ms - 30, now_ms + 50])
    topic = {"topic": "orchestrator.events"}
    assert house.value("orchestrator_kafka_wait_seconds_count", **topic) == 3
    assert house.value("orchestrator_kafka_wait_seconds_bucket", le="0.05", **topic) == 2
    assert house.value("orchestrator_kafka_wait_seconds_bucket", le="0.5", **topic) == 3


def test_only_what_arrived_has_a_time_from_end_to_end() -> None:
    house, one = House(), action()
    at = one.created_at + timedelta(seconds=20)
    house.counting.on_ended(Service.LEARNER, one, Ended(Outcome.DELIVERED, at, 1))
    house.counting.on_ended(Service.LEARNER, one, Ended(Outcome.EXPIRED, at, 1))
    ended = {"type": str(one.type), **SERVICE}
    assert house.value("orchestrator_deliveries_total", outcome="delivered", **ended) == 1
    assert house.value("orchestrator_deliveries_total", outcome="expired", **ended) == 1
    assert house.value("orchestrator_end_to_end_seconds_sum", **SERVICE) == 20
    assert house.value("orchestrator_end_to_end_seconds_count", **SERVICE) == 1


def test_an_attempts_status_is_shown_by_its_class() -> None:
    house = House()
    for status in ("204", "503", "read_timeout", "reset"):
        house.counting.on_attempt(Service.LEARNER, status, 0.2)
    name = "orchestrator_delivery_attempt_seconds_count"
    found = [house.value(name, status=s, **SERVICE) for s in ("2xx", "5xx", "timeout", "error")]
    assert found == [1, 1, 1, 1]
