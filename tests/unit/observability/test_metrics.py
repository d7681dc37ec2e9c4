"""The table of metrics: names, helps and labels that stay bounded."""

import re

from prometheus_client import generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from orchestrator.observability.metrics import Metrics

UNITS = ("_total", "_seconds", "_events", "_records")


def ours(metrics: Metrics) -> list[MetricWrapperBase]:
    return [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]


def test_two_registries_do_not_meet() -> None:
    one, other = Metrics(), Metrics()
    one.rebalances.inc()
    assert one.registry.get_sample_value("orchestrator_rebalances_total") == 1
    assert other.registry.get_sample_value("orchestrator_rebalances_total") == 0


def test_names_are_prefixed_and_end_in_a_base_unit_and_have_a_help() -> None:
    families = {family.name: family for metric in ours(Metrics()) for family in metric.describe()}
    assert len(families) > 10
    for family in families.values():
        name = family.name + ("_total" if family.type == "counter" else "")
        assert re.fullmatch(r"orchestrator_[a-z_]+", name)
        assert name.endswith(UNITS)
        assert family.documentation.endswith(".")


def test_no_label_is_personal_or_unbounded() -> None:
    labels = {label for metric in ours(Metrics()) for label in metric._labelnames}
    bounded = "type outcome rule reason service status stream result topic partition side"
    assert labels == set(bounded.split())


def test_the_page_can_be_read_by_prometheus_and_shows_the_process() -> None:
    metrics = Metrics()
    metrics.events.labels("SEL_ALERT", "decided").inc(3)
    metrics.end_to_end_seconds.labels("learner-svc").observe(0.3)
    page = generate_latest(metrics.registry).decode()
    families = {family.name: family for family in text_string_to_metric_families(page)}
    counted = [s for s in families["orchestrator_events"].samples if s.name.endswith("_total")]
    assert [(s.labels, s.value) for s in counted] == [
        ({"type": "SEL_ALERT", "outcome": "decided"}, 3.0)
    ]
    assert "python_info" in families


def test_a_lost_partitions_lag_can_be_taken_away() -> None:
    metrics = Metrics()
    metrics.consumer_lag.labels("orchestrator.events", "3").set(7)
    metrics.consumer_lag.remove("orchestrator.events", "3")
    assert b'partition="3"' not in generate_latest(metrics.registry)
