"""The manifests of deploy/kubernetes, as far as they can be known without a cluster."""

import re
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest

from orchestrator.settings import Settings, load_settings
from orchestrator.settings.reading import KNOWN
from orchestrator.settings.table import SECRETS
from orchestrator.stream.run import STOP_WITHIN_S
from orchestrator.web.routes import VIEWS
from orchestrator.web.server import DRAIN_SECONDS
from tests.repository.deployment.files import ROOT, stages, text
from tests.repository.deployment.kubernetes import (
    BASE,
    CONTAINER,
    FOLDER,
    OWN,
    POD,
    SHARED,
    WORKERS,
    Document,
    documents,
    kustomization,
    manifests,
    mounted,
    named,
    selectors,
)

OF_OTHERS = {"monitoring.coreos.com/v1"}
"""What operators bring along; Kubernetes' own schemas know nothing of it."""

OURS = [(path, each) for path, each in manifests() if each["apiVersion"] not in OF_OTHERS]
PATHS = {view.view_path for view in VIEWS}
README = (FOLDER / "README.md").read_text(encoding="utf-8")

SAMPLES = {
    "api-tokens": f"ops:read+admin:{'0' * 64}",
    "redis-url": "rediss://:password@redis:6379/0",
}
"""What a file of the Secret may hold; the others hold any long word."""


@pytest.mark.parametrize(
    ("path", "document"), OURS, ids=[f"{path.name}-{each['kind']}" for path, each in OURS]
)
def test_each_document_is_one_that_kubernetes_takes(path: Path, document: Document) -> None:
    kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


def test_a_document_that_kubernetes_would_not_take_is_found() -> None:
    wrong = named("StatefulSet") | {"spec": {**WORKERS, "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("folder", [BASE, FOLDER / "overlays" / "podmonitor"], ids=lambda f: f.name)
def test_every_file_is_listed_and_every_listed_one_is_there(folder: Path) -> None:
    listed = kustomization(folder)["resources"]
    beside = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert {name for name in listed if name.endswith(".yaml")} == beside
    assert all((folder / name / "kustomization.yaml").is_file() for name in set(listed) - beside)


def test_the_policy_is_the_one_of_the_repository() -> None:
    (made,) = kustomization(ROOT / "config")["configMapGenerator"]
    (volume,) = (each for each in POD["volumes"] if each["name"] == "policy")
    assert volume["configMap"]["name"] == made["name"]
    for name, file in zip(("POLICY_FILE", "MESSAGES_FILE"), made["files"], strict=True):
        assert SHARED[name] == f"{mounted('policy')}/{file}"
        assert (ROOT / "config" / file).is_file()


def test_every_variable_is_a_setting() -> None:
    assert set(SHARED) | set(OWN) <= KNOWN
    assert not set(SHARED) & set(OWN)


def test_no_secret_stands_in_a_manifest() -> None:
    assert not SECRETS & (set(SHARED) | set(OWN))
    assert not [each for _, each in manifests() if each["kind"] == "Secret"]
    secret = {name for name in OWN if name.removesuffix("_FILE") in SECRETS}
    assert {Path(OWN[name]["value"]).parent.as_posix() for name in secret} == {mounted("secrets")}


def test_the_secret_that_the_readme_makes_has_every_file_that_is_read() -> None:
    wanted = {Path(each["value"]).name for name, each in OWN.items() if name.endswith("_FILE")}
    assert set(re.findall(r"--from-file=([\w-]+)=", README)) == wanted
    (volume,) = (each for each in POD["volumes"] if each["name"] == "secrets")
    assert f"create secret generic {volume['secret']['secretName']} " in README


def test_a_worker_accepts_its_settings(tmp_path: Path) -> None:
    found = load_settings(environment(tmp_path))
    assert found.own_url("any") == "http://orchestrator-0.orchestrator-workers:8080"
    assert (found.group_instance_id, found.api_tokens[0].name) == ("orchestrator-0", "ops")
    assert found.data_dir == Path(mounted("data"))


def environment(folder: Path) -> dict[str, str]:
    """What a worker is given, its files in `folder`."""
    own = {name: each.get("value", "orchestrator-0") for name, each in OWN.items()}
    for name in (name for name in own if name.endswith("_FILE")):
        file = folder / Path(own[name]).name
        file.write_text(SAMPLES.get(file.name, f"a-long-secret-{file.name}"), encoding="utf-8")
        own[name] = str(file)
    own["ADVERTISED_URL"] = re.sub(r"\$\((\w+)\)", lambda f: own[f[1]], own["ADVERTISED_URL"])
    shared = {name: value for name, value in SHARED.items() if not name.endswith("_CAFILE")}
    policy = {"POLICY_FILE": "policy.toml", "MESSAGES_FILE": "messages.en.toml"}
    return {**shared, **{n: str(ROOT / "config" / f) for n, f in policy.items()}, **own}


def test_certificates_are_where_they_are_looked_for() -> None:
    for name in (name for name in SHARED if name.endswith("_CAFILE")):
        assert Path(SHARED[name]).parent.as_posix() == mounted("ca")
        assert f"--from-file={Path(SHARED[name]).name}" in README


def test_probes_ask_what_there_is() -> None:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = CONTAINER[probe]["httpGet"]
        assert asked["path"] in PATHS
        assert asked["port"] == "http"
    assert CONTAINER["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] == "/health/live"


def test_ports_are_the_workers() -> None:
    (port,) = CONTAINER["ports"]
    assert port == {"name": "http", "containerPort": int(SHARED["PORT"])}
    for name in ("orchestrator", "orchestrator-workers"):
        (served,) = named("Service", name)["spec"]["ports"]
        assert served["targetPort"] == port["name"]
    assert OWN["ADVERTISED_URL"]["value"].endswith(f":{port['containerPort']}")
    assert WORKERS["serviceName"] in OWN["ADVERTISED_URL"]["value"]
    assert named("Service", WORKERS["serviceName"])["spec"]["clusterIP"] == "None"
    (monitored,) = named("PodMonitor")["spec"]["podMetricsEndpoints"]
    assert (monitored["port"], monitored["path"] in PATHS) == (port["name"], True)


def test_whatever_selects_workers_selects_these() -> None:
    labels = WORKERS["template"]["metadata"]["labels"]
    others = [{"orchestrator-client": "true"}]
    for _, document in manifests():
        for found in selectors(document.get("spec", {})):
            is_namespace = set(found) == {"kubernetes.io/metadata.name"}
            assert is_namespace or found in others or found.items() <= labels.items()
    for name in ("orchestrator", "orchestrator-workers"):
        assert named("Service", name)["spec"]["selector"].items() <= labels.items()
    selected = named("PodDisruptionBudget")["spec"]["selector"]["matchLabels"]
    assert selected == WORKERS["selector"]["matchLabels"] == labels


def test_the_image_is_of_this_version_and_never_the_latest() -> None:
    (image,) = kustomization(BASE)["images"]
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert (CONTAINER["image"], image["newTag"]) == (image["name"], version)


def test_the_container_has_no_more_rights_than_it_needs() -> None:
    user = next(rest for name, rest in stages()[-1] if name == "USER")
    pod, container = POD["securityContext"], CONTAINER["securityContext"]
    assert f"{pod['runAsUser']}:{pod['runAsGroup']}" == user
    assert pod["runAsNonRoot"] is True
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["readOnlyRootFilesystem"] is True
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert POD["automountServiceAccountToken"] is False
    writable = {each["mountPath"] for each in CONTAINER["volumeMounts"] if "readOnly" not in each}
    assert writable == {SHARED["DATA_DIR"], "/tmp"}


def test_every_mount_has_its_volume() -> None:
    volumes = {each["name"] for each in POD["volumes"]}
    volumes |= {each["metadata"]["name"] for each in WORKERS["volumeClaimTemplates"]}
    assert {each["name"] for each in CONTAINER["volumeMounts"]} == volumes


def test_a_worker_has_the_time_to_stop_and_is_back_before_its_place_is_given_away() -> None:
    hidden_s = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert POD["terminationGracePeriodSeconds"] > hidden_s + STOP_WITHIN_S + DRAIN_SECONDS
    assert float(SHARED["KAFKA_SESSION_TIMEOUT"]) > 2 * POD["terminationGracePeriodSeconds"]


def test_a_probe_does_not_end_a_worker_that_is_about_to_say_that_it_is_stuck() -> None:
    probe = CONTAINER["livenessProbe"]
    assert probe["timeoutSeconds"] < probe["periodSeconds"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= Settings().stuck_after_seconds


def test_there_are_at_least_two_workers_and_none_without_a_partition() -> None:
    spec = named("HorizontalPodAutoscaler")["spec"]
    assert spec["minReplicas"] >= 2
    assert spec["maxReplicas"] == int(SHARED["TOPIC_PARTITIONS"])
    target = spec["scaleTargetRef"]
    assert named(target["kind"], target["name"])["apiVersion"] == target["apiVersion"]
    assert "replicas" not in WORKERS


def test_the_autoscalers_metric_is_one_that_is_told() -> None:
    (metric,) = named("HorizontalPodAutoscaler")["spec"]["metrics"]
    (rules,) = documents(FOLDER / "prometheus-adapter.yaml")
    (rule,) = rules["rules"]["external"]
    name = metric["external"]["metric"]["name"]
    assert rule["name"]["as"] == name
    assert rule["seriesQuery"].startswith(f"{name}{{")
    assert f"sum({name}{{" in rule["metricsQuery"]
    assert f'"{name}"' in text("orchestrator/observability/metrics.py")
