"""What a check says of the connections' security."""

import pytest

from orchestrator.operations.check_security import security_findings
from orchestrator.operations.findings import Grade
from orchestrator.settings import load_settings
from tests.unit.operations.test_checks import grades

SASL = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_USERNAME": "worker",
    "KAFKA_SASL_PASSWORD": "geheim",
}


def said(**environment: str) -> list[str]:
    found = security_findings(load_settings(environment))
    assert "geheim" not in str(found)
    return [each.found for each in found]


def warned(**environment: str) -> list[str]:
    found = security_findings(load_settings(environment))
    assert "geheim" not in str(found)
    grades(found)
    return [each.found for each in found if each.grade is Grade.WARNING]


def test_on_one_machine_nothing_is_odd() -> None:
    assert warned() == []
    assert said()[0] == "Kafka: PLAINTEXT, as nobody, on this machine"


def test_it_is_said_by_what_as_whom_and_whom_it_trusts() -> None:
    found = said(
        **SASL,
        KAFKA_BOOTSTRAP_SERVERS="kafka:9093",
        REDIS_URL="rediss+sentinel://me:geheim@r1,r2/m?sentinel_password=geheim",
        LEARNER_SVC_URL="https://learner",
        LEARNER_SVC_TOKEN="geheim",
    )
    assert found[:3] == [
        "Kafka: SASL_SSL, as worker by SCRAM-SHA-512, trusting this machine's CAs",
        "Redis: TLS, as me, trusting this machine's CAs",
        "learner-svc: with a token, TLS, trusting this machine's CAs",
    ]


def test_what_goes_unencrypted_to_another_machine_is_told() -> None:
    found = warned(
        KAFKA_BOOTSTRAP_SERVERS="localhost:9092,kafka:9092",
        REDIS_URL="redis+cluster://:geheim@localhost,redis:7000",
        NOTIFICATION_SVC_URL="http://notification",
        NOTIFICATION_SVC_TOKEN="geheim",
        ALLOW_CLEARTEXT_SECRETS="true",
        CLUSTER_TOKEN="geheim-of-16-letters",
        WEB_BIND="0.0.0.0",
    )
    assert found == [
        "Kafka: PLAINTEXT, as nobody: unencrypted to kafka",
        "Redis: as the default user: unencrypted to redis",
        "notification-svc: with a token: unencrypted to notification",
        "workers: CLUSTER_TOKEN goes unencrypted from one to another",
    ]


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_check_hostname=False"])
def test_tls_with_whoever_answers_is_told(option: str) -> None:
    assert warned(REDIS_URL=f"rediss://redis?{option}") == ["Redis: TLS, with whoever answers"]
