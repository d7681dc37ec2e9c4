"""Dashboards and rules ask for figures that there are; panels can be read."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.repository.deployment.promtool import needs_promtool, promtool
from tests.repository.deployment.watched import (
    LABELS_OF_PROMETHEUS,
    OF_PROMETHEUS,
    Expression,
    dashboards,
    in_dashboards,
    in_rules,
    known_metrics,
)

KNOWN = known_metrics()
PANELS = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, dashboard in dashboards().items()
    for panel in dashboard["panels"]
]
COUNTS = re.compile(r"_(total|bucket|sum|count)$")

Panel = dict[str, Any]


def unknown(expression: str) -> list[str]:
    """What an expression asks for that there is not."""
    asked = Expression("", expression).asked
    missing = [name for name in asked.metrics if name not in {*KNOWN, *OF_PROMETHEUS}]
    known_labels = {label for name in asked.metrics for label in KNOWN.get(name, ())}
    for metric, labels in asked.selected:
        there = KNOWN.get(metric, set()) | LABELS_OF_PROMETHEUS
        missing += [f"{metric}{{{label}}}" for label in labels if label not in there]
    return missing + sorted(asked.grouped - known_labels - LABELS_OF_PROMETHEUS)


@pytest.mark.parametrize(
    "expression", [*in_rules(), *in_dashboards()], ids=lambda each: f"{each.where}"
)
def test_every_metric_and_label_that_is_asked_for_exists(expression: Expression) -> None:
    assert expression.asked.selected
    assert unknown(expression.text) == []


def test_a_metric_or_label_that_does_not_exist_would_be_found() -> None:
    asked = 'sum by (le, mood) (rate(orchestrator_moods_total{type="x"}[5m])) or vector(0)'
    assert unknown(asked) == ["orchestrator_moods_total", "orchestrator_moods_total{type}", "mood"]
    assert unknown('orchestrator_events_total{service="x"}') == [
        "orchestrator_events_total{service}"
    ]
    assert KNOWN["orchestrator_end_to_end_seconds_bucket"] == {"service"}


@needs_promtool
def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    queries = [each.text.replace("$__rate_interval", "1m") for each in in_dashboards()]
    rules = [{"record": f"query:{number}", "expr": q} for number, q in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    promtool("check", "rules", file)


@pytest.mark.parametrize("expression", in_dashboards(), ids=lambda each: f"{each.where}")
def test_counters_are_shown_as_rates_and_quantiles_by_bucket(expression: Expression) -> None:
    for metric in expression.asked.metrics & set(KNOWN):
        counts = bool(COUNTS.search(metric))
        assert bool(re.search(rf"(rate|increase)\({metric}[{{\[]", expression.text)) is counts
    if "histogram_quantile" in expression.text:
        assert "le" in expression.asked.grouped


@pytest.mark.parametrize("panel", PANELS)
def test_a_legend_names_labels_that_its_query_leaves(panel: Panel) -> None:
    for target in panel["targets"]:
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        grouped = Expression("", target["expr"]).asked.grouped
        assert named <= grouped | {"instance"}


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_shows_and_in_what_unit(panel: Panel) -> None:
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references) > 0


@pytest.mark.parametrize("name", dashboards())
def test_panels_have_ids_and_titles_of_their_own_and_lie_side_by_side(name: str) -> None:
    panels = dashboards()[name]["panels"]
    for key in ("id", "title"):
        assert len({panel[key] for panel in panels}) == len(panels) > 0
    for panel in panels:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for one, other in itertools.combinations(panels, 2):
        assert not _overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def test_there_are_four_dashboards_of_one_family() -> None:
    assert set(dashboards()) == {"overview", "worker", "delivery", "rules"}
    for name, dashboard in dashboards().items():
        assert dashboard["uid"] == f"orchestrator-{name}"
        assert dashboard["tags"] == dashboard["links"][0]["tags"] == ["orchestrator"]


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "w"), ("y", "h"))
    )
