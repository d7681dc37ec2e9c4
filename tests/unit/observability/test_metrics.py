"""The table of metrics: names, meanings and labels that stay bounded."""

import re

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from orchestrator.observability.metric import Metric
from orchestrator.observability.metrics import Metrics, rows

UNITS = ("_total", "_seconds", "_events", "_records", "_entries", "_actions")
FLAGS = ("_info", "_up", "_open", "_is_initialized", "_in_force")
"""Ends of names of what has no unit: 0 or 1, or a few."""

BOUNDED = (
    "type outcome rule policy reason service status stream result topic partition side "
    "kind difference"
)
OF_A_BUILD = "version guarantee"


def test_two_registries_do_not_meet() -> None:
    one, other = Metrics(), Metrics()
    one.rebalances.inc()
    assert one.registry.get_sample_value("orchestrator_rebalances_total") == 1
    assert other.registry.get_sample_value("orchestrator_rebalances_total") == 0


@pytest.mark.parametrize("row", rows().values(), ids=rows())
def test_a_name_is_prefixed_and_ends_in_a_base_unit_and_has_a_meaning(row: Metric[object]) -> None:
    assert re.fullmatch(r"orchestrator_[a-z_]+", row.name)
    assert row.name.endswith(UNITS if row.kind != "gauge" else UNITS + FLAGS)
    assert row.name.endswith("_total") is (row.kind == "counter")
    assert row.meaning.endswith(".")
    assert all(row.labels.values())


def test_no_label_is_personal_or_unbounded() -> None:
    labels = {label for row in rows().values() for label in row.labels}
    assert labels == set(f"{BOUNDED} {OF_A_BUILD}".split())


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
    assert {row.name.removesuffix("_total") for row in rows().values()} <= set(families)


def test_a_lost_partitions_lag_can_be_taken_away() -> None:
    metrics = Metrics()
    metrics.consumer_lag.labels("orchestrator.events", "3").set(7)
    metrics.consumer_lag.remove("orchestrator.events", "3")
    assert b'partition="3"' not in generate_latest(metrics.registry)


def test_a_row_of_the_table_is_no_metric_before_it_is_built() -> None:
    assert isinstance(Metrics.rebalances, Metric)
    with pytest.raises(AttributeError, match="orchestrator_rebalances_total"):
        Metrics.__new__(Metrics).rebalances.inc()
