"""Settings that are right each, and wrong together."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestrator.errors import InvalidSettings
from orchestrator.settings import load_settings
from tests.wire.certificates import Authority

SASL = {
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_USERNAME": "worker",
    "KAFKA_SASL_PASSWORD": "geheim",
}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def faults_of(environment: Mapping[str, str]) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        load_settings(environment)
    assert "geheim" not in str(caught.value)
    return caught.value.faults


def names_of(fault: str) -> str:
    return fault.partition(": ")[0]


@pytest.mark.parametrize("protocol", ["SASL_SSL", "sasl_plaintext"])
def test_who_signs_in_needs_a_way_a_name_and_a_password(protocol: str) -> None:
    faults = faults_of({"KAFKA_SECURITY_PROTOCOL": protocol})
    assert [names_of(fault) for fault in faults] == list(SASL)
    settings = load_settings({"KAFKA_SECURITY_PROTOCOL": protocol, **SASL})
    assert settings.kafka_security_protocol == protocol.upper()


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_password_that_nobody_would_ask_for_is_no_protection(protocol: str) -> None:
    (fault,) = faults_of({"KAFKA_SECURITY_PROTOCOL": protocol, **SASL})
    assert names_of(fault) == ", ".join(SASL)
    assert "KAFKA_SECURITY_PROTOCOL=SASL_SSL" in fault


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
def test_a_ca_without_tls_is_no_protection(protocol: str, authority: Authority) -> None:
    signing_in = SASL if protocol.startswith("SASL") else {}
    asked = {"KAFKA_SECURITY_PROTOCOL": protocol, "KAFKA_SSL_CAFILE": str(authority.cafile)}
    (fault,) = faults_of({**asked, **signing_in})
    assert names_of(fault) == "KAFKA_SSL_CAFILE"
    (fault,) = faults_of({"REDIS_SSL_CAFILE": str(authority.cafile)})
    assert "rediss" in fault
    (fault,) = faults_of({"SERVICES_SSL_CAFILE": str(authority.cafile)})
    assert "https://" in fault


def test_certificates_are_read_before_anything_connects(authority: Authority) -> None:
    ours = authority.issue("worker", key_password=b"geheim")
    other = authority.issue("other")
    asked = {
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "KAFKA_SSL_CAFILE": str(authority.cafile),
        "KAFKA_SSL_CERTFILE": str(ours.certfile),
        "KAFKA_SSL_KEYFILE": str(ours.keyfile),
        "KAFKA_SSL_KEY_PASSWORD": "geheim",
    }
    assert load_settings(asked).kafka_ssl_certfile == ours.certfile
    for wrong in (
        {"KAFKA_SSL_CAFILE": str(other.keyfile)},
        {"KAFKA_SSL_KEYFILE": str(other.keyfile)},
        {"KAFKA_SSL_CERTFILE": str(authority.cafile)},
        {"KAFKA_SSL_KEY_PASSWORD": "geheimer"},
        {"KAFKA_SSL_KEY_PASSWORD": ""},
        {"KAFKA_SSL_CERTFILE": ""},
    ):
        (fault,) = faults_of({**asked, **wrong})
        assert names_of(fault) in {"KAFKA_SSL_CAFILE", "KAFKA_SSL_CERTFILE"}


def test_the_key_may_stand_in_the_file_of_the_certificate(authority: Authority) -> None:
    both = {"REDIS_URL": "rediss://r", "REDIS_SSL_CERTFILE": str(authority.issue("w").both)}
    assert load_settings(both).redis_ssl_keyfile is None


def test_an_encrypted_key_is_nothing_for_a_cluster(authority: Authority) -> None:
    """Its client has no word for the password."""
    ours = authority.issue("worker", key_password=b"geheim")
    files = {"REDIS_SSL_CERTFILE": str(ours.both), "REDIS_SSL_KEY_PASSWORD": "geheim"}
    load_settings({"REDIS_URL": "rediss+sentinel://r/m", **files})
    (fault,) = faults_of({"REDIS_URL": "rediss+cluster://r", **files})
    assert names_of(fault) == "REDIS_SSL_KEY_PASSWORD"


def test_what_the_redis_url_says_is_not_said_twice(authority: Authority) -> None:
    ca = str(authority.cafile)
    (fault,) = faults_of({"REDIS_URL": f"rediss://r?ssl_ca_certs={ca}", "REDIS_SSL_CAFILE": ca})
    assert "ssl_ca_certs" in fault


@pytest.mark.parametrize(
    ("asked", "secret"),
    [
        ({"LEARNER_SVC_URL": "http://learner-svc"}, "LEARNER_SVC_TOKEN"),
        ({"NOTIFICATION_SVC_URL": "http://10.0.0.1:80"}, "NOTIFICATION_SVC_TOKEN"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://traces:4318"}, "OTEL_EXPORTER_OTLP_HEADERS"),
        (
            {
                **SASL,
                "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092,kafka:9092",
                "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
                "KAFKA_SASL_MECHANISM": "plain",
            },
            "KAFKA_SASL_PASSWORD",
        ),
    ],
)
def test_a_secret_goes_unencrypted_to_another_machine_only_if_that_is_allowed(
    asked: dict[str, str], secret: str
) -> None:
    (fault,) = faults_of({**asked, secret: "a=geheim"})
    assert names_of(fault) == secret
    load_settings({**asked, secret: "a=geheim", "ALLOW_CLEARTEXT_SECRETS": "true"})


@pytest.mark.parametrize("url", ["https://learner-svc", "http://localhost", "http://[::1]:8081"])
def test_a_token_goes_to_this_machine_or_encrypted(url: str) -> None:
    assert load_settings({"LEARNER_SVC_URL": url, "LEARNER_SVC_TOKEN": "t"}).learner_svc_url == url
