"""Alerts: each sound, tried, and explained to whoever is woken."""

import re

import click
import pytest

from tests.product.prometheus import shortened
from tests.repository.deployment.compose import read_yaml
from tests.repository.deployment.promtool import needs_promtool, promtool
from tests.repository.deployment.watched import ALERTS, PROMETHEUS, RECORDS, RUNBOOKS, page_of
from tests.repository.docs.pages import blocks, commands
from tests.repository.docs.test_readme import resolve

CASES = PROMETHEUS / "tests"
PARTS = ["What it means for children", "How to see it", "What to do"]


@needs_promtool
def test_prometheus_takes_its_configuration_and_the_rules_in_it() -> None:
    assert read_yaml("config/prometheus/prometheus.yml")["rule_files"] == ["rules/*.yml"]
    promtool("check", "config", PROMETHEUS / "prometheus.yml")
    promtool("check", "rules", *sorted((PROMETHEUS / "rules").glob("*.yml")))


@needs_promtool
def test_every_case_goes_as_it_says() -> None:
    promtool("test", "rules", *sorted(CASES.glob("*.yml")))


def test_each_alert_has_cases_and_each_file_of_cases_an_alert() -> None:
    assert {file.stem for file in CASES.iterdir()} == set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_is_seen_to_fire_and_to_be_silent(alert: str) -> None:
    file = read_yaml(f"config/prometheus/tests/{alert}.yml")
    assert file["rule_files"] == ["../rules/recording.yml", "../rules/alerts.yml"]
    cases = [case for each in file["tests"] for case in each["alert_rule_test"]]
    assert {case["alertname"] for case in cases} == {alert}
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}
    assert all(each["name"] for each in file["tests"])


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_how_bad_it_is_what_is_and_where_to_read_on(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "runbook"}
    assert rule["annotations"]["summary"].endswith(".")
    assert "{{" not in rule["annotations"]["summary"]  # one sentence, whoever it is read to
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{alert}.md"


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_page_says_what_it_means_how_to_see_it_and_what_to_do(alert: str) -> None:
    text = page_of(alert).read_text(encoding="utf-8")
    assert text.startswith(f"# {alert}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert blocks(text, "sh")
    others = {name for name in ALERTS if f"`{name}`" in text}
    assert alert not in others


@pytest.mark.parametrize("alert", ALERTS)
def test_commands_and_alerts_that_a_page_names_exist(alert: str) -> None:
    text = page_of(alert).read_text(encoding="utf-8")
    for words in re.findall(r"\borchestrator((?: [a-z-]+)+)", commands(text)):
        first, *more = words.split()
        group = isinstance(resolve([first]), click.Group)
        resolve([first, *more[:1]] if group else [first])
    in_camel_case = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", text))
    assert in_camel_case <= set(ALERTS)


def test_a_recording_rule_is_asked_for_by_some_alert() -> None:
    asked = " ".join(rule["expr"] for rule in ALERTS.values())
    assert [name for name in RECORDS if name not in asked] == []


def test_shortened_rules_have_other_durations_and_nothing_else() -> None:
    rule = "- expr: rate(a_seconds_sum[10m]) > 60\n  for: 1m\n  labels: {severity: warning}\n"
    shorter = (
        "- expr: rate(a_seconds_sum[15000ms]) > 60\n  for: 1500ms\n  labels: {severity: warning}\n"
    )
    assert shortened(rule, 40) == shorter
