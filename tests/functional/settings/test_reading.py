"""From an environment to the settings."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from orchestrator.errors import InvalidSettings
from orchestrator.settings import Settings, load_settings


def faults_of(environment: Mapping[str, str]) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        load_settings(environment)
    return caught.value.faults


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert settings.port == 8080
    assert settings.web_bind == "127.0.0.1"
    assert settings.topic_partitions == 12
    assert settings.kafka_session_timeout == 10
    assert settings.event_streams[2] == "aivo.events.sel"
    assert len(settings.event_streams) == 6


def test_every_setting_is_read_from_its_variable(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.touch()
    settings = load_settings(
        {
            "REDIS_URL": "rediss://user:pw@redis.example:6380/2",
            "EVENT_STREAMS": "a, b ,c",
            "DEFAULT_TENANT_ID": "north",
            "KAFKA_BOOTSTRAP_SERVERS": "k1:9092,[::1]:9093",
            "APPLICATION_ID": "aivo.orchestrator-2",
            "GROUP_INSTANCE_ID": "worker-1",
            "KAFKA_SESSION_TIMEOUT": "6.5",
            "TOPIC_PARTITIONS": "24",
            "TOPIC_REPLICATION_FACTOR": "3",
            "PROCESSING_GUARANTEE": "at_least_once",
            "LEARNER_SVC_URL": "https://learner.example/base/",
            "LEARNER_SVC_TOKEN": "t0ken",
            "NOTIFICATION_SVC_URL": "http://10.0.0.1:9000",
            "NOTIFICATION_SVC_TOKEN": "0ther",
            "ALLOW_CLEARTEXT_SECRETS": "true",
            "KAFKA_SECURITY_PROTOCOL": "sasl_ssl",
            "KAFKA_SASL_MECHANISM": "scram-sha-512",
            "KAFKA_SASL_USERNAME": "worker",
            "KAFKA_SASL_PASSWORD": "pa55",
            "POLICY_FILE": str(policy),
            "MESSAGES_FILE": str(policy),
            "WEB_BIND": "0.0.0.0",
            "PORT": "9000",
            "ADVERTISED_URL": "http://worker-1:9000/",
            "CLUSTER_TOKEN": "0123456789abcdef",
            "LOG_LEVEL": "debug",
            "CLOCK_OFFSET": "-3600",
        }
    )
    assert settings.redis_url == "rediss://user:pw@redis.example:6380/2"
    assert settings.event_streams == ("a", "b", "c")
    assert settings.default_tenant_id == "north"
    assert settings.kafka_bootstrap_servers == ("k1:9092", "[::1]:9093")
    assert settings.application_id == "aivo.orchestrator-2"
    assert settings.group_instance_id == "worker-1"
    assert settings.kafka_session_timeout == 6.5
    assert (settings.topic_partitions, settings.topic_replication_factor) == (24, 3)
    assert settings.learner_svc_url == "https://learner.example/base"
    assert settings.notification_svc_url == "http://10.0.0.1:9000"
    assert settings.learner_svc_token is not None
    assert settings.learner_svc_token.get_secret_value() == "t0ken"
    assert settings.notification_svc_token is not None
    assert settings.allow_cleartext_secrets
    assert settings.kafka_security_protocol == "SASL_SSL"
    assert settings.kafka_sasl_mechanism == "SCRAM-SHA-512"
    assert settings.kafka_sasl_username == "worker"
    assert settings.kafka_sasl_password is not None
    assert settings.kafka_sasl_password.get_secret_value() == "pa55"
    assert (settings.policy_file, settings.messages_file) == (policy, policy)
    assert (settings.web_bind, settings.port) == ("0.0.0.0", 9000)
    assert settings.advertised_url == "http://worker-1:9000"
    assert settings.cluster_token is not None
    assert settings.cluster_token.get_secret_value() == "0123456789abcdef"
    assert (settings.log_level, settings.clock_offset) == ("DEBUG", -3600)


def test_the_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings({}).port = 1


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_value_counts_as_not_set(blank: str) -> None:
    assert load_settings({"PORT": blank, "LEARNER_SVC_TOKEN": blank}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "http://localhost:6379"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://localhost:99999"),
        ("REDIS_URL", "redis://localhost/zero"),
        ("REDIS_URL", "unix://"),
        ("EVENT_STREAMS", "a,,b"),
        ("EVENT_STREAMS", "a,b,a"),
        ("EVENT_STREAMS", "two words"),
        ("DEFAULT_TENANT_ID", "x" * 129),
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost"),
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost:0"),
        ("KAFKA_BOOTSTRAP_SERVERS", "localhost:99999"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka://localhost:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1,a:1"),
        ("KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("KAFKA_SASL_MECHANISM", "GSSAPI"),
        ("KAFKA_SSL_CAFILE", "/does/not/exist.pem"),
        ("APPLICATION_ID", "with blank"),
        ("APPLICATION_ID", "x" * 201),
        ("GROUP_INSTANCE_ID", "a/b"),
        ("KAFKA_SESSION_TIMEOUT", "0"),
        ("KAFKA_SESSION_TIMEOUT", "inf"),
        ("KAFKA_SESSION_TIMEOUT", "nan"),
        ("KAFKA_SESSION_TIMEOUT", "10s"),
        ("TOPIC_PARTITIONS", "0"),
        ("TOPIC_PARTITIONS", "1001"),
        ("TOPIC_PARTITIONS", "twelve"),
        ("TOPIC_REPLICATION_FACTOR", "0"),
        ("PROCESSING_GUARANTEE", "exactly_twice"),
        ("ADVERTISED_URL", "worker-1:8080"),
        ("CLUSTER_TOKEN", "x" * 15),
        ("CLUSTER_TOKEN", "sixteen letters "),
        ("LEARNER_SVC_URL", "learner-svc:8080"),
        ("LEARNER_SVC_URL", "ftp://learner-svc"),
        ("LEARNER_SVC_URL", "http://"),
        ("LEARNER_SVC_URL", "http://["),
        ("LEARNER_SVC_URL", "http://learner-svc:0"),
        ("LEARNER_SVC_URL", "http://learner-svc/?a=b"),
        ("LEARNER_SVC_URL", "http://learner-svc/#there"),
        ("LEARNER_SVC_URL", "http://learner svc"),
        ("NOTIFICATION_SVC_URL", "http://user:pw@notification-svc"),
        ("LEARNER_SVC_TOKEN", "two words"),
        ("NOTIFICATION_SVC_TOKEN", "zwölf"),
        ("POLICY_FILE", "/does/not/exist.toml"),
        ("MESSAGES_FILE", "/"),
        ("WEB_BIND", "every where"),
        ("WEB_BIND", "http://localhost"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("LOG_LEVEL", "LOUD"),
        ("CLOCK_OFFSET", "nan"),
        ("CLOCK_OFFSET", "1e9"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(name: str, value: str) -> None:
    faults = faults_of({name: value})
    assert len(faults) == 1
    assert faults[0].startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://localhost"),
        ("REDIS_URL", "redis://:pw@localhost:6379/15"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("WEB_BIND", "::1"),
        ("WEB_BIND", "localhost"),
        ("LEARNER_SVC_URL", "http://[::1]:8080"),
        ("PROCESSING_GUARANTEE", "at_least_once"),
        ("TOPIC_PARTITIONS", "1"),
        ("CLOCK_OFFSET", "0.25"),
    ],
)
def test_a_value_that_can_be_is_taken(name: str, value: str) -> None:
    assert str(getattr(load_settings({name: value}), name.lower())) == value


def test_all_faults_come_in_one_message() -> None:
    environment = {
        "PORT": "x",
        "TOPIC_PARTITIONS": "-1",
        "REDIS_URI": "redis://localhost",
        "LEARNER_SVC_TOKEN_FILE": "/does/not/exist",
    }
    with pytest.raises(InvalidSettings) as caught:
        load_settings(environment)
    assert len(caught.value.faults) == 4
    for name in environment:
        assert name in str(caught.value)


def test_an_unknown_guarantee_is_refused_with_those_that_there_are() -> None:
    (fault,) = faults_of({"PROCESSING_GUARANTEE": "exactly_twice"})
    assert "at_least_once" in fault
    assert "exactly_once" in fault


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("REDIS_URI", "REDIS_URL"),
        ("REDIS_ULR", "REDIS_URL"),
        ("LOG_LEVELS", "LOG_LEVEL"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("KAFKA_BOOTSTRAP_SERVER", "KAFKA_BOOTSTRAP_SERVERS"),
        ("LEARNER_SVC_TOKEN_FIL", "LEARNER_SVC_TOKEN_FILE"),
    ],
)
def test_a_slip_in_a_name_is_a_fault(name: str, meant: str) -> None:
    (fault,) = faults_of({name: "anything"})
    assert fault == f"{name} is not a setting; did you mean {meant}?"


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "SPORT",  # PORT is too short for a guess
        "log_level",
        "POLICY",
        "LEARNER_SVC_PORT",
        "REDIS_PORT_6379_TCP",
        "REDIS_SERVICE_HOST",
        "LEARNER_SVC_SERVICE_PORT",
        "KAFKA_BOOTSTRAP",
    ],
)
def test_names_of_others_are_left_alone(name: str) -> None:
    assert load_settings({name: "tcp://10.0.0.1:1"}) == Settings()


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    token, redis = tmp_path / "token", tmp_path / "redis"
    token.write_text("from-a-file\n")
    redis.write_text("redis://:pw@redis.example:6379/1\n")
    settings = load_settings(
        {"NOTIFICATION_SVC_TOKEN_FILE": str(token), "REDIS_URL_FILE": str(redis)}
    )
    assert settings.notification_svc_token is not None
    assert settings.notification_svc_token.get_secret_value() == "from-a-file"
    assert settings.redis_url == "redis://:pw@redis.example:6379/1"


def test_a_secret_given_twice_is_a_fault(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("one")
    (fault,) = faults_of({"LEARNER_SVC_TOKEN": "two", "LEARNER_SVC_TOKEN_FILE": str(token)})
    assert "both set" in fault


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_secrets_file_that_says_nothing_is_a_fault(tmp_path: Path, content: bytes) -> None:
    token = tmp_path / "token"
    token.write_bytes(content)
    (fault,) = faults_of({"LEARNER_SVC_TOKEN_FILE": str(token)})
    assert fault.startswith("LEARNER_SVC_TOKEN_FILE: ")


def test_no_secret_is_shown_by_a_fault_or_a_repr() -> None:
    environment = {
        "REDIS_URL": "redis://:hidden-1@localhost/x",
        "LEARNER_SVC_URL": "http://u:hidden-2@localhost",
        "LEARNER_SVC_TOKEN": "hidden 3",
    }
    assert "hidden" not in "".join(faults_of(environment))
    settings = load_settings(
        {"REDIS_URL": "redis://:hidden-1@localhost", "LEARNER_SVC_TOKEN": "hidden-2"}
    )
    assert "hidden" not in f"{settings!r} {settings}"


def test_the_secrets_are_known_to_who_must_not_show_them() -> None:
    settings = load_settings(
        {
            "REDIS_URL": "redis://:p%40ss@localhost",
            "LEARNER_SVC_TOKEN": "one",
            "NOTIFICATION_SVC_TOKEN": "two",
            "CLUSTER_TOKEN": "three-of-16-letters",
            "AUDIT_KEY": "four-of-16-letters",
            "API_TOKENS": f"page:read:{'5e' * 32}",
        }
    )
    secrets = {
        "5e" * 32,
        "four-of-16-letters",
        "one",
        "two",
        "three-of-16-letters",
        "p%40ss",
        "p@ss",
    }
    assert set(settings.secrets()) == secrets
    assert load_settings({}).secrets() == ()


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"WEB_BIND": "::1"}, "http://[::1]:8080"),
        ({"WEB_BIND": "10.0.0.5", "PORT": "9000"}, "http://10.0.0.5:9000"),
        ({"WEB_BIND": "0.0.0.0", "PORT": "9000"}, "http://pod-7:9000"),
        ({"WEB_BIND": "::"}, "http://pod-7:8080"),
        ({"WEB_BIND": "0.0.0.0", "ADVERTISED_URL": "https://w.example"}, "https://w.example"),
    ],
)
def test_a_worker_is_reached_where_it_listens(environment: Mapping[str, str], url: str) -> None:
    assert load_settings(environment).own_url("pod-7") == url
