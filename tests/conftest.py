"""Fixtures for every test: real servers, names of one's own.

Tests under tests/integration and tests/faults run on real servers; a test under tests/unit that
asks for one is refused.
"""

import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from hypothesis import settings

from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.sandbox import Sandbox
from orchestrator.embedded.valkey import EmbeddedValkey
from tests import servers

# The same few examples every time, so that a red test is red for everybody; many new ones with
# `pytest --hypothesis-profile=thorough`.
settings.register_profile("quick", max_examples=12, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile("quick")

SERVER_FIXTURES = {"kafka", "redis_url", "own_kafka", "own_valkey", "create_topic"}
SERVER_FOLDERS = {"integration", "faults"}

CreateTopic = Callable[..., Awaitable[str]]
UniqueName = Callable[[str], str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        choices=["auto", "docker", "embedded"],
        default="auto",
        help="where Kafka and Redis come from (auto: environment, else Docker, else embedded)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers: runs on a real Kafka or Redis")


def pytest_report_header(config: pytest.Config) -> str:
    wanted = config.getoption("--servers")
    kafka = servers.source(servers.KAFKA_VARIABLE, wanted)
    redis = servers.source(servers.REDIS_VARIABLE, wanted)
    return f"servers: Kafka from {kafka}, Redis from {redis}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        folders = set(item.path.relative_to(Path(__file__).parent).parts[:-1])
        wanted = SERVER_FIXTURES & set(getattr(item, "fixturenames", ()))
        if wanted and "unit" in folders:
            raise pytest.UsageError(f"{item.nodeid} is a unit test and may not start {wanted}")
        if wanted or folders & SERVER_FOLDERS:
            item.add_marker("servers")


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap servers of the tests' common Kafka; `unique_name` what you make there."""
    where = servers.source(servers.KAFKA_VARIABLE, pytestconfig.getoption("--servers"))
    with servers.kafka_from(where, tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def redis_url(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of the tests' common Redis; `unique_name` what you make there."""
    where = servers.source(servers.REDIS_VARIABLE, pytestconfig.getoption("--servers"))
    with servers.redis_from(where, tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """A Kafka of the test's own, running, to stop, kill and restart."""
    with EmbeddedKafka(tmp_path / "kafka") as server:
        yield server


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A Valkey of the test's own, running and durable, to stop, kill and restart."""
    with EmbeddedValkey(tmp_path / "valkey") as server:
        yield server


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Both downstream services, in the test's own loop."""
    async with Sandbox() as server:
        yield server


@pytest.fixture
def unique_name(request: pytest.FixtureRequest) -> UniqueName:
    """Turns a name ("events") into one no other test uses: topics, groups, streams, app ids."""
    test = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    prefix = f"{test}-{secrets.token_hex(4)}"
    return lambda name: f"{prefix}.{name}"


@pytest.fixture
async def create_topic(kafka: str, unique_name: UniqueName) -> AsyncIterator[CreateTopic]:
    """`await create_topic("events", partitions=3, cleanup_policy="compact")` -> its full name."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    made: list[str] = []

    async def create(name: str, partitions: int = 1, **configuration: str) -> str:
        topic = unique_name(name)
        settings = {key.replace("_", "."): value for key, value in configuration.items()}
        answer = await admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=settings)])
        assert all(error[1] == 0 for error in answer.topic_errors), answer.topic_errors
        made.append(topic)
        return topic

    yield create
    if made:
        await admin.delete_topics(made)
    await admin.close()
