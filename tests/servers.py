"""The real Kafka and Redis that tests run on, and where they come from.

Each is, in this order: the one its environment variable names; one in Docker, if an engine
answers; the embedded one. `--servers docker` or `--servers embedded` decides otherwise.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.valkey import EmbeddedValkey

KAFKA_VARIABLE = "KAFKA_BOOTSTRAP_SERVERS"
REDIS_VARIABLE = "REDIS_URL"


class Source(StrEnum):
    """Where a server comes from."""

    ENVIRONMENT = "environment"
    DOCKER = "docker"
    EMBEDDED = "embedded"


def source(variable: str, wanted: str) -> Source:
    """Where the server that `variable` could name comes from. `wanted`: auto, docker, embedded."""
    if wanted != "auto":
        return Source(wanted)
    if os.environ.get(variable):
        return Source.ENVIRONMENT
    return Source.DOCKER if docker_answers() else Source.EMBEDDED


def docker_answers() -> bool:
    """Whether a Docker engine is there; the client is only loaded if a socket suggests one."""
    if not os.environ.get("DOCKER_HOST") and not any(path.exists() for path in docker_sockets()):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import docker  # type: ignore[import-untyped]  # noqa: PLC0415
        from docker.errors import DockerException  # type: ignore[import-untyped]  # noqa: PLC0415

        try:
            client = docker.from_env(timeout=3)
            try:
                return bool(client.ping())
            finally:
                client.close()
        except DockerException:
            return False


def docker_sockets() -> list[Path]:
    """The places where an engine of this machine listens."""
    places = [Path("/var/run/docker.sock"), Path.home() / ".docker" / "run" / "docker.sock"]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return [*places, Path(runtime) / "docker.sock"] if runtime else places


@contextmanager
def kafka_from(where: Source, data_dir: Path) -> Iterator[str]:
    """Yield the bootstrap servers of a Kafka from there."""
    if where is Source.ENVIRONMENT:
        yield os.environ[KAFKA_VARIABLE]
    elif where is Source.DOCKER:
        with kafka_in_docker() as bootstrap:
            yield bootstrap
    else:
        with EmbeddedKafka(data_dir) as kafka:
            yield kafka.bootstrap_servers


@contextmanager
def redis_from(where: Source, data_dir: Path) -> Iterator[str]:
    """Yield the URL of a Redis from there."""
    if where is Source.ENVIRONMENT:
        yield os.environ[REDIS_VARIABLE]
    elif where is Source.DOCKER:
        with redis_in_docker() as url:
            yield url
    else:
        with EmbeddedValkey(data_dir) as valkey:
            yield valkey.url


@contextmanager
def kafka_in_docker() -> Iterator[str]:
    """Yield the bootstrap servers of a one-node Kafka in a container."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415

        container = KafkaContainer().with_kraft()
        for name, value in BROKER_SETTINGS.items():
            container.with_env(name, value)
        container.start(timeout=120)
    try:
        yield container.get_bootstrap_server()
    finally:
        container.stop()


@contextmanager
def redis_in_docker() -> Iterator[str]:
    """Yield the URL of a Redis in a container."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from testcontainers.community.redis import RedisContainer  # noqa: PLC0415

        container = RedisContainer("redis:8-alpine")
        container.start()
    try:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
    finally:
        container.stop()


BROKER_SETTINGS = {
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    "KAFKA_MESSAGE_MAX_BYTES": "2162688",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
}
"""What orchestrator/embedded/kafka.py sets, for the container."""
