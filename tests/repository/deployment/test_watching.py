"""Prometheus asks the workers, Grafana asks Prometheus."""

from urllib.parse import urlsplit

from orchestrator.settings import Settings
from orchestrator.web.access.loopback import OPEN_PATHS
from orchestrator.web.status_views import MetricsView
from tests.repository.deployment.compose import SERVICES, WORKERS, environment, mounts, read_yaml
from tests.repository.deployment.files import ROOT
from tests.repository.deployment.watched import DASHBOARDS, dashboards, in_dashboards, in_rules

GRAFANA = "config/grafana/provisioning"
(SOURCE,) = read_yaml(f"{GRAFANA}/datasources/prometheus.yml")["datasources"]
PROMETHEUS = read_yaml("config/prometheus/prometheus.yml")


def test_every_worker_is_asked_where_it_answers() -> None:
    (job,) = (job for job in PROMETHEUS["scrape_configs"] if job["job_name"] == "orchestrator")
    (group,) = job["static_configs"]
    assert set(group["targets"]) == {f"{worker}:{Settings().port}" for worker in WORKERS}
    assert job.get("metrics_path", "/metrics") == MetricsView.view_path
    assert MetricsView.view_path in OPEN_PATHS


def test_jobs_that_dashboards_and_rules_name_are_asked() -> None:
    jobs = {job["job_name"] for job in PROMETHEUS["scrape_configs"]}
    selectors = (each.asked.selected for each in [*in_dashboards(), *in_rules()])
    named = {labels["job"] for selected in selectors for _, labels in selected if "job" in labels}
    assert named <= jobs
    assert named


def test_nothing_is_asked_for_longer_than_until_it_is_asked_again() -> None:
    every, within = (PROMETHEUS["global"][f"scrape_{what}"] for what in ("interval", "timeout"))
    assert int(within.removesuffix("s")) < int(every.removesuffix("s"))


def test_the_data_source_is_the_prometheus_of_the_cluster() -> None:
    url = urlsplit(SOURCE["url"])
    assert url.hostname in SERVICES
    (port,) = SERVICES["prometheus"]["ports"]
    assert port.endswith(f":{url.port}")
    assert SOURCE["jsonData"]["timeInterval"] == PROMETHEUS["global"]["scrape_interval"]


def test_all_panels_ask_that_source() -> None:
    panels = [panel for dashboard in dashboards().values() for panel in dashboard["panels"]]
    asked = [panel["datasource"] for panel in panels]
    asked += [target["datasource"] for panel in panels for target in panel["targets"]]
    assert {(each["type"], each["uid"]) for each in asked} == {(SOURCE["type"], SOURCE["uid"])}


def test_prometheus_and_grafana_find_their_files() -> None:
    assert (ROOT / mounts("prometheus")["/etc/prometheus"] / "prometheus.yml").is_file()
    assert (ROOT / mounts("grafana")["/etc/grafana/provisioning"]) == ROOT / GRAFANA
    (provider,) = read_yaml(f"{GRAFANA}/dashboards/orchestrator.yml")["providers"]
    folder = provider["options"]["path"]
    assert (ROOT / mounts("grafana")[folder]) == DASHBOARDS
    home = environment("grafana")["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{folder}/overview.json"
    assert "overview" in dashboards()
