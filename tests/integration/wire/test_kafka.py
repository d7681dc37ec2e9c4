"""A Kafka with TLS and users lets a command in, or says why not."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from orchestrator.cli import main
from orchestrator.topics import TOPICS
from tests.integration.wire.conftest import KAFKA_PASSWORD
from tests.wire.certificates import Authority
from tests.wire.secure_kafka import SecureKafka

TopicsCheck = Callable[..., Result]

SIGNED_OUT = dict.fromkeys(
    ("KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"), ""
)


@pytest.fixture
def topics_create(kafka_settings: dict[str, str]) -> TopicsCheck:
    """`orchestrator topics create`, with the right settings but for those that are given."""

    def run(**environment: str) -> Result:
        asked = {**kafka_settings, **environment}
        return CliRunner().invoke(main, ["topics", "create"], env=asked)

    return run


def refused(result: Result) -> str:
    assert result.exit_code == 1
    last = result.output.splitlines()[-1]
    assert last.startswith("Error: No way in to Kafka at ")
    assert "geheim" not in result.output
    return last


def test_a_user_without_rights_is_told_where_they_stand(without_rights: str) -> None:
    assert "TopicAuthorizationFailedError" in without_rights
    assert "rights of docs/security.md" in without_rights


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_user_is_let_in_by_either_way(topics_create: TopicsCheck, mechanism: str) -> None:
    result = topics_create(KAFKA_SASL_MECHANISM=mechanism)
    assert result.exit_code == 0, result.output
    assert f"{len(TOPICS) + 1} were there" in result.output or "created" in result.output


def test_a_certificate_of_ours_is_let_in_without_a_user(
    topics_create: TopicsCheck, secure_kafka: SecureKafka, authority: Authority
) -> None:
    ours = authority.issue("worker", key_password=b"geheim")
    by_certificate = {
        **SIGNED_OUT,
        "KAFKA_BOOTSTRAP_SERVERS": secure_kafka.at("MUTUAL"),
        "KAFKA_SECURITY_PROTOCOL": "SSL",
    }
    shown = {
        "KAFKA_SSL_CERTFILE": str(ours.certfile),
        "KAFKA_SSL_KEYFILE": str(ours.keyfile),
        "KAFKA_SSL_KEY_PASSWORD": "geheim",
    }
    assert topics_create(**by_certificate, **shown).exit_code == 0
    assert "KAFKA_SSL_CERTFILE" in refused(topics_create(**by_certificate))


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_wrong_password_is_said_to_be_that(topics_create: TopicsCheck, mechanism: str) -> None:
    wrong = topics_create(KAFKA_SASL_PASSWORD="geheimer", KAFKA_SASL_MECHANISM=mechanism)
    assert "does not take our user and password" in refused(wrong)


def test_a_way_to_sign_in_that_is_not_there_is_said_to_be_that(
    topics_create: TopicsCheck, secure_kafka: SecureKafka
) -> None:
    assert "enabled" in refused(topics_create(KAFKA_SASL_MECHANISM="SCRAM-SHA-256"))
    unasked = {
        "KAFKA_BOOTSTRAP_SERVERS": secure_kafka.bootstrap_servers,
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_SSL_CAFILE": "",
    }
    assert "Nobody signs in at this port" in refused(topics_create(**unasked))


def test_a_broker_that_is_not_to_be_trusted_gets_no_password(
    topics_create: TopicsCheck, secure_kafka: SecureKafka
) -> None:
    assert "Set KAFKA_SSL_CAFILE" in refused(topics_create(KAFKA_SSL_CAFILE=""))
    stale = topics_create(KAFKA_BOOTSTRAP_SERVERS=secure_kafka.at("STALE"))
    assert "has expired" in refused(stale)
    other = topics_create(KAFKA_BOOTSTRAP_SERVERS=secure_kafka.at("SECURE", "127.0.0.1"))
    assert "is another's" in refused(other)


def test_a_worker_that_is_refused_ends_with_one_sentence(kafka_settings: dict[str, str]) -> None:
    wrong = {"KAFKA_SASL_PASSWORD": "geheimer", "LOG_LEVEL": "DEBUG"}
    ended = subprocess.run(
        [sys.executable, "-m", "orchestrator", "worker"],
        env={**kafka_settings, **wrong},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "It does not take our user and password" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    assert "geheim" not in ended.stderr + ended.stdout


def test_check_says_how_kafka_is_reached_and_why_not(kafka_settings: dict[str, str]) -> None:
    wrong = {"KAFKA_SASL_PASSWORD": "geheimer", "EVENT_STREAMS": "a"}
    away = {"LEARNER_SVC_URL": "http://localhost:1", "NOTIFICATION_SVC_URL": "http://localhost:1"}
    asked = {**kafka_settings, **wrong, **away, "REDIS_URL": "redis://localhost:1"}
    result = CliRunner().invoke(main, ["check"], env=asked)
    assert result.exit_code == 1
    assert "Kafka: SASL_SSL, as orchestrator by SCRAM-SHA-512, trusting the CA in" in result.output
    assert "It does not take our user and password" in result.output
    assert "-> See KAFKA_SASL_USERNAME" in result.output
    assert KAFKA_PASSWORD not in result.output
    assert "geheimer" not in result.output
