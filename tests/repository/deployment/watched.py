"""What Prometheus and Grafana are told to ask, read from their files."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from orchestrator.observability.metrics import Metrics, rows
from tests.repository.deployment.compose import read_yaml
from tests.repository.deployment.files import ROOT
from tests.repository.deployment.promql import Asked, asked_by

PROMETHEUS = ROOT / "config" / "prometheus"
DASHBOARDS = ROOT / "config" / "grafana" / "dashboards"
RUNBOOKS = ROOT / "docs" / "runbooks"

OF_PROMETHEUS = {"up", "ALERTS"}
LABELS_OF_PROMETHEUS = {"job", "instance", "le", "alertname", "alertstate"}

Rule = dict[str, Any]


class Expression(NamedTuple):
    """One of a rule or of a panel. `where` says which."""

    where: str
    text: str

    @property
    def asked(self) -> Asked:
        """What it asks for."""
        return asked_by(self.text)


def rules(of: str) -> list[Rule]:
    """The rules of all files that have the key `of`: alert or record."""
    files = sorted((PROMETHEUS / "rules").glob("*.yml"))
    groups = (group for file in files for group in read_yaml(str(file))["groups"])
    return [rule for group in groups for rule in group["rules"] if of in rule]


ALERTS = {rule["alert"]: rule for rule in rules("alert")}
RECORDS = {rule["record"]: rule["expr"] for rule in rules("record")}


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards by the names of their files."""
    return {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(DASHBOARDS.glob("*.json"))
    }


def in_rules() -> list[Expression]:
    """Of all rules."""
    alerts = [Expression(name, rule["expr"]) for name, rule in ALERTS.items()]
    return [*alerts, *(Expression(name, text) for name, text in RECORDS.items())]


def in_dashboards() -> list[Expression]:
    """Of all panels."""
    return [
        Expression(f"{name}: {panel['title']}", target["expr"])
        for name, dashboard in dashboards().items()
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]


def known_metrics() -> dict[str, set[str]]:
    """The samples that a worker's /metrics can show, and those recorded, with their labels."""
    labels = {row.name.removesuffix("_total"): set(row.labels) for row in rows().values()}
    ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    found = {
        family.name + end: labels.get(family.name, set())
        for family in Metrics().registry.collect()
        for end in ends.get(family.type, ("",))
    }
    return found | {name: asked_by(text).grouped for name, text in RECORDS.items()}


def base_metrics(expressions: Iterable[Expression]) -> set[tuple[str, frozenset[str]]]:
    """What these ask of a worker: each metric with the labels that it is asked by."""
    return {
        (metric, frozenset(labels) - LABELS_OF_PROMETHEUS)
        for expression in expressions
        for metric, labels in expression.asked.selected
        if metric not in OF_PROMETHEUS and metric not in RECORDS
    }


def page_of(alert: str) -> Path:
    """Where an alert's page must be."""
    return RUNBOOKS / f"{alert}.md"
