"""The cluster of docker-compose.yml, as far as it can be known without running it."""

import contextlib
import io
import re
import shlex
from urllib.parse import urlsplit

import pytest

from orchestrator.api_tokens import digest_of
from orchestrator.embedded.kafka import PROPERTIES
from orchestrator.embedded.sandbox.__main__ import main as sandbox
from orchestrator.settings import load_settings
from orchestrator.settings.table import NAMES, SECRETS
from orchestrator.stream.run import STOP_WITHIN_S
from orchestrator.topics import MAX_MESSAGE_BYTES
from tests.repository.deployment.compose import (
    COMPOSE,
    OURS,
    SERVICES,
    WORKERS,
    environment,
    filled_in,
    mounts,
)
from tests.repository.deployment.files import ROOT, stages, text

BROKER_PROPERTIES = {
    "node.id",
    "process.roles",
    "listeners",
    "advertised.listeners",
    "controller.listener.names",
    "inter.broker.listener.name",
    "listener.security.protocol.map",
    "controller.quorum.voters",
    "log.dirs",
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "transaction.state.log.min.isr",
    "auto.create.topics.enable",
    "message.max.bytes",
    "group.initial.rebalance.delay.ms",
}
"""Of Kafka's documentation; its image takes each as KAFKA_..., dots as underscores."""

DOCUMENTED = {
    "kafka": {"KAFKA_HEAP_OPTS"}
    | {f"KAFKA_{name.upper().replace('.', '_')}" for name in BROKER_PROPERTIES},
    "redis": {"REDISCLI_AUTH"},
    "grafana": {
        "GF_SECURITY_ADMIN_PASSWORD",
        "GF_AUTH_ANONYMOUS_ENABLED",
        "GF_USERS_ALLOW_SIGN_UP",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH",
        "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
    },
}
"""What the images' own documentation names."""

PORTS = {"kafka": 9092, "redis": 6379, "learner-svc": 8090, "notification-svc": 8090}
"""What each listens at within the network."""

SHOWN = "OPERATOR_TOKEN"
"""What is for whoever asks, and no container's business."""

SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|AUTH$")


def test_the_cluster_has_all_its_parts() -> None:
    assert set(SERVICES) == {*WORKERS, *PORTS, "prometheus", "grafana"}
    assert len(WORKERS) == 2


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_is_a_setting_or_documented_of_its_image(service: str) -> None:
    known = set(NAMES) if service in WORKERS else DOCUMENTED.get(service, set())
    assert set(environment(service)) <= known


@pytest.mark.parametrize("service", SERVICES)
def test_every_value_is_a_text(service: str) -> None:
    """YAML would make a number of 0x10, and true of yes; a variable is a text."""
    assert [v for v in environment(service).values() if not isinstance(v, str)] == []


@pytest.mark.parametrize("worker", sorted(WORKERS))
def test_a_worker_accepts_its_settings(worker: str) -> None:
    settings = load_settings({n: filled_in(v) for n, v in environment(worker).items()})
    assert settings.web_bind == "0.0.0.0"
    assert settings.cluster_token is not None
    assert [token.name for token in settings.api_tokens] == ["operator"]
    assert settings.audit_key is not None
    addresses = [settings.learner_svc_url, settings.notification_svc_url, settings.redis_url]
    addresses += [f"kafka://{broker}" for broker in settings.kafka_bootstrap_servers]
    found = {urlsplit(address).hostname: urlsplit(address).port for address in addresses}
    assert found == PORTS


def test_workers_share_all_settings_and_so_the_work() -> None:
    one, other = (environment(worker) for worker in sorted(WORKERS))
    assert one == other
    assert "APPLICATION_ID" in one
    assert "GROUP_INSTANCE_ID" not in one


def test_ports_are_unique_and_open_to_this_machine_alone() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    parts = [port.split(":") for port in published]
    assert {host for host, _, _ in parts} == {"127.0.0.1"}
    outside = [port for _, port, _ in parts]
    assert len(set(outside)) == len(outside)


def test_every_file_that_is_mounted_or_built_from_is_there() -> None:
    for service in SERVICES:
        for source in mounts(service).values():
            assert (ROOT / source).exists() if source[0] == "." else source in COMPOSE["volumes"]
        assert SERVICES[service].get("build", ".") == "."


def test_no_volume_is_left_over() -> None:
    used = {source for service in SERVICES for source in mounts(service).values()}
    assert set(COMPOSE["volumes"]) <= used


def test_no_two_workers_share_a_history() -> None:
    folders = [mounts(worker)["/data"] for worker in WORKERS]
    assert len(set(folders)) == len(WORKERS)


@pytest.mark.parametrize("service", SERVICES)
def test_each_tells_whether_it_is_well(service: str) -> None:
    if service in WORKERS:  # the image's own
        assert any(name == "HEALTHCHECK" for name, _ in stages()[-1])
    else:
        check = SERVICES[service]["healthcheck"]
        assert check["test"][0] in ("CMD", "CMD-SHELL")
        assert {"interval", "timeout", "retries"} <= set(check)


def test_a_service_that_is_waited_for_is_one_that_there_is() -> None:
    for service in SERVICES.values():
        for awaited, how in service.get("depends_on", {}).items():
            assert awaited in SERVICES
            assert how == {"condition": "service_healthy"}


@pytest.mark.parametrize("service", sorted(OURS))
def test_our_own_image_has_no_more_rights_than_it_needs(service: str) -> None:
    ours = SERVICES[service]
    assert ours["read_only"] is True
    assert ours["cap_drop"] == ["ALL"]
    assert ours["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("worker", sorted(WORKERS))
def test_a_worker_is_given_the_time_it_needs_to_stop(worker: str) -> None:
    assert int(SERVICES[worker]["stop_grace_period"].removesuffix("s")) > STOP_WITHIN_S


def test_the_sandbox_is_asked_for_what_it_takes() -> None:
    known = {name for option in sandbox.params for name in option.opts}
    for service in sorted(OURS - WORKERS):
        entry = SERVICES[service]["entrypoint"]
        assert entry[:3] == ["python", "-m", "orchestrator.embedded.sandbox"]
        assert {word for word in entry[3:] if word.startswith("--")} == known - {"--help"}
        assert entry[-1] == str(PORTS[service])


def test_kafka_is_the_one_that_everything_is_tested_with() -> None:
    pinned = text("orchestrator/embedded/kafka-jars.sha256")
    (version,) = set(re.findall(r"/kafka-clients/([\d.]+)/", pinned))
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"
    here = dict(line.split("=", 1) for line in PROPERTIES.splitlines() if "=" in line)
    there = environment("kafka")
    for name in ("message.max.bytes", "auto.create.topics.enable", "process.roles"):
        assert sorted(there[f"KAFKA_{name.upper().replace('.', '_')}"].split(",")) == sorted(
            here[name].split(",")
        )
    assert int(there["KAFKA_MESSAGE_MAX_BYTES"]) > MAX_MESSAGE_BYTES


def test_what_is_stored_outlives_its_container() -> None:
    assert mounts("kafka")[environment("kafka")["KAFKA_LOG_DIRS"]] == "kafka"
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert mounts("redis")["/data"] == "redis"


def test_images_are_pinned_to_a_version() -> None:
    tags = {name: service["image"].rpartition(":")[2] for name, service in SERVICES.items()}
    assert all(re.match(r"v?\d", tag) for name, tag in tags.items() if name not in OURS)


def test_no_secret_has_a_default_and_each_is_in_the_example() -> None:
    for service in SERVICES:
        for name, value in environment(service).items():
            if SECRET.search(name) or (service in WORKERS and name in SECRETS):
                assert re.search(r"\$\{\w+:\?[^}]+\}", value), f"{service}: {name}"
    whole = text("docker-compose.yml")
    used = re.findall(r"\$\{([^}]*)\}", whole)
    assert [each for each in used if ":?" not in each] == []
    assert {*re.findall(r"\$\{(\w+):\?", whole), SHOWN} == set(example())


def example() -> dict[str, str]:
    """The variables of .env.example."""
    lines = [line for line in text(".env.example").splitlines() if line and line[0] != "#"]
    return dict(line.split("=", 1) for line in lines)


def test_the_example_holds_no_values() -> None:
    assert set(example().values()) == {""}


def test_the_examples_command_makes_a_random_secret_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (command,) = re.findall(r"python3 -c (.*) < \.env\.example > \.env\)", text(".env.example"))
    (code,) = shlex.split(command)
    made = []
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.StringIO(text(".env.example")))
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(code, {})
        made.append(said.getvalue())
    secrets = [re.findall(r"^(\w+)=((?:aivo_)?[0-9a-f]{64})$", each, re.MULTILINE) for each in made]
    assert [name for name, _ in secrets[0]] == list(example())
    values = {value for found in secrets for _, value in found}
    assert len(values) == 2 * len(example())
    for found in map(dict, secrets):
        assert found[f"{SHOWN}_SHA256"] == digest_of(found[SHOWN]).hex()


def test_grafana_lets_nobody_in_unasked() -> None:
    assert environment("grafana")["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert environment("grafana")["GF_USERS_ALLOW_SIGN_UP"] == "false"
