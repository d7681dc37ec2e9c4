"""The list of jars names each by its place in a Maven repository and its sum."""

import re
from pathlib import PurePosixPath

from orchestrator.embedded.jars import Jar, listed_jars


def test_a_jar_knows_its_maven_coordinate() -> None:
    path = "org/apache/kafka/kafka_2.13/4.1.2/kafka_2.13-4.1.2.jar"
    assert Jar(PurePosixPath(path), "0").coordinate == "org.apache.kafka:kafka_2.13:4.1.2"


def test_kafka_and_its_clients_are_listed_in_one_version() -> None:
    kafka = {jar.path.parent.name for jar in listed_jars() if "org/apache/kafka" in str(jar.path)}
    assert len(kafka) == 1


def test_every_jar_has_a_sum_and_stays_within_the_cache() -> None:
    for jar in listed_jars():
        assert re.fullmatch("[0-9a-f]{64}", jar.sha256)
        assert jar.path.suffix == ".jar"
        assert not jar.path.is_absolute()
        assert ".." not in jar.path.parts
