"""The dashboard asks for figures that there are."""

import itertools
import re
from typing import Any

import pytest

from orchestrator.observability.metrics import Metrics, rows
from tests.repository.deployment.files import dashboard, expressions

FUNCTIONS = {"sum", "rate", "increase", "max", "min", "avg", "histogram_quantile", "vector"}
WORDS = {"by", "or", "and", "without", "on", "ignoring"}
OF_PROMETHEUS = {"up"}
LABELS_OF_PROMETHEUS = {"job", "instance", "le"}

METRICS = Metrics()
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def known_metrics() -> dict[str, set[str]]:
    """The names that a worker's /metrics can show, with their labels."""
    labels = {row.name.removesuffix("_total"): set(row.labels) for row in rows().values()}
    found = {}
    for family in METRICS.registry.collect():
        for suffix in SUFFIXES.get(family.type, ("",)):
            found[family.name + suffix] = labels.get(family.name, set())
    return found


KNOWN = known_metrics()


def metrics_in(expression: str) -> set[str]:
    """The names of metrics in a query."""
    without = re.sub(r'\{[^}]*\}|\[[^]]*\]|"[^"]*"|\b(?:by|without) \([^)]*\)', " ", expression)
    return set(re.findall(r"[a-z_:][a-z0-9_:]*", without)) - FUNCTIONS - WORDS


def grouped_by(expression: str) -> set[str]:
    """The labels that a query leaves."""
    found = re.findall(r"\b(?:by|without) \(([^)]*)\)", expression)
    return {name.strip() for names in found for name in names.split(",")}


def labels_of(metric: str, expression: str) -> set[str]:
    """The labels of a metric that a query looks at."""
    selectors = re.findall(rf"{metric}{{([^}}]*)}}", expression)
    chosen = re.findall(r"([a-z_]+)(?:=~|!~|!=|=)\"", ",".join(selectors))
    return {*chosen, *grouped_by(expression)}


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_that_is_asked_for_exists(expression: str) -> None:
    asked = metrics_in(expression)
    assert asked
    assert asked <= set(KNOWN) | OF_PROMETHEUS
    for metric in asked - OF_PROMETHEUS:
        assert labels_of(metric, expression) <= KNOWN[metric] | LABELS_OF_PROMETHEUS


def test_a_metric_or_label_that_does_not_exist_would_be_found() -> None:
    query = 'sum by (le, mood) (rate(orchestrator_moods_total{type="x"}[5m])) or vector(0)'
    assert metrics_in(query) == {"orchestrator_moods_total"}
    assert labels_of("orchestrator_moods_total", query) == {"le", "mood", "type"}
    assert "orchestrator_moods_total" not in KNOWN
    assert KNOWN["orchestrator_end_to_end_seconds_bucket"] == {"service"}


@pytest.mark.parametrize("expression", expressions())
def test_counters_are_shown_as_rates_and_quantiles_by_bucket(expression: str) -> None:
    for metric in metrics_in(expression):
        counts = metric.endswith(("_total", "_bucket", "_sum", "_count"))
        assert bool(re.search(rf"(rate|increase)\({metric}[{{\[]", expression)) is counts
    if "histogram_quantile" in expression:
        assert "le" in grouped_by(expression)


def test_each_legend_names_labels_that_its_query_leaves() -> None:
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert named <= grouped_by(target["expr"]) | {"instance"}, panel["title"]


def test_panels_have_ids_of_their_own_titles_descriptions_and_units() -> None:
    panels = dashboard()["panels"]
    ids = [panel["id"] for panel in panels]
    assert len(set(ids)) == len(ids) > 0
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)


def test_panels_lie_within_the_grid_and_on_no_other() -> None:
    for panel in dashboard()["panels"]:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for one, other in itertools.combinations(dashboard()["panels"], 2):
        assert not _overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "w"), ("y", "h"))
    )
