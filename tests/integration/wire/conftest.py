"""A Kafka with TLS and users, for this folder."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from orchestrator.cli import main
from tests.wire.certificates import Authority
from tests.wire.page import kafka_acls
from tests.wire.secure_kafka import SecureKafka

USER = "orchestrator"
KAFKA_PASSWORD = "geheim-of-kafka"


@pytest.fixture(scope="package")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="package")
def secure_kafka(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecureKafka]:
    folder = tmp_path_factory.mktemp("kafka")
    with SecureKafka(folder, authority, USER, KAFKA_PASSWORD) as kafka:
        yield kafka


@pytest.fixture(scope="package")
def without_rights(secure_kafka: SecureKafka, authority: Authority) -> str:
    """What is said to the user before it has any."""
    environment = right_settings(secure_kafka, authority)
    return CliRunner().invoke(main, ["topics", "create"], env=environment).output


@pytest.fixture(scope="package")
def rights(secure_kafka: SecureKafka, without_rights: str) -> None:
    """The user may do what docs/security.md gives it."""
    secure_kafka.allow(kafka_acls(USER))


@pytest.fixture(scope="package")
def kafka_settings(authority: Authority, secure_kafka: SecureKafka, rights: None) -> dict[str, str]:
    """The environment by which a worker is let in, and may do what it needs."""
    return right_settings(secure_kafka, authority)


def right_settings(secure_kafka: SecureKafka, authority: Authority) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": secure_kafka.at("SECURE"),
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": KAFKA_PASSWORD,
        "KAFKA_SSL_CAFILE": str(authority.cafile),
    }
