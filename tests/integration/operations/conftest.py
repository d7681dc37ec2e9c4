"""A Kafka with all topics, for commands that are typed as an operator types them."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from orchestrator.cli import main
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.operations.sending import sender
from orchestrator.plan import topic_plans
from orchestrator.settings import load_settings
from orchestrator.stream.admin import ensure_topics
from orchestrator.stream.records import RawRecord, Record
from orchestrator.stream.topic_reader import reader

Type = Callable[..., Result]


class Cluster(NamedTuple):
    """Where Kafka is, and what is asked of it."""

    bootstrap: str

    @property
    def client_settings(self) -> Mapping[str, Any]:
        return {"bootstrap_servers": self.bootstrap}

    def put(self, topic: str, *records: Record, partition: int | None = None) -> None:
        """Write records."""
        asyncio.run(self.put_now(topic, *records, partition=partition))

    def all_of(self, topic: str) -> list[RawRecord]:
        """What stands in a topic."""
        return asyncio.run(self._all_of(topic))

    async def keyed_now(self, topic: str, prefix: bytes) -> list[RawRecord]:
        """What stands in a topic under keys that begin so."""
        found = await self._all_of(topic)
        return [record for record in found if (record.key or b"").startswith(prefix)]

    async def put_now(self, topic: str, *records: Record, partition: int | None = None) -> None:
        """Write records, from a test that is asynchronous."""
        async with sender(self.client_settings) as sending:
            await sending.send(topic, records, partition=partition)

    async def _all_of(self, topic: str) -> list[RawRecord]:
        async with reader(self.client_settings, topic) as source:
            parts = source.read(await source.spans())
            return [record async for records in parts for record in records]


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Kafka of this folder's own: the topics' names are fixed, and others may use the common one.

    A test writes sources of its own, and looks at those alone.
    """
    with EmbeddedKafka(tmp_path_factory.mktemp("kafka")) as kafka:
        found = Cluster(kafka.bootstrap_servers)
        asyncio.run(ensure_topics(found.client_settings, topic_plans(load_settings({}))))
        yield found


@pytest.fixture
def type_in(cluster: Cluster) -> Type:
    """`type_in("dead-letters", "list", DEFAULT_TENANT_ID="t")` -> what the command does."""

    def typed(*words: str, **environment: str) -> Result:
        settings = {"KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap, **environment}
        return CliRunner().invoke(main, [str(word) for word in words], env=settings)

    return typed


def listed(result: Result) -> list[dict[str, Any]]:
    """What `dead-letters list --json` has said."""
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found
