"""The events topic of a cluster as a source, for processes in which no event loop runs."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from orchestrator.archive.policies import known_policies
from orchestrator.archive.source import Chunk, Span
from orchestrator.errors import StreamError
from orchestrator.plan import kafka_settings
from orchestrator.settings import Settings
from orchestrator.stream import client_parts, topic_reader
from orchestrator.stream.admin import cluster_id
from orchestrator.stream.records import RawRecord
from orchestrator.stream.topic_reader import Spans, reader
from orchestrator.topics import EVENTS

T = TypeVar("T")


class KafkaSource:
    """Implements DatedSource: what is committed in the topic when this is made, from its beginning.

    Each iterator has a client of its own. What goes to another process are the settings, with their
    secrets, and the offsets; nothing of it goes to a disk.
    """

    def __init__(self, settings: Settings) -> None:
        """Asks Kafka what there is. Raises StreamError, and KafkaConnectionError if it is away."""
        self._settings = settings
        self._found_at: dict[int, dict[int, int]] = {}
        with _Runner() as runner:
            runner.run(self._look())

    async def _look(self) -> None:
        kafka = kafka_settings(self._settings)
        self.cluster_id = await cluster_id(kafka)
        self._policies = await known_policies(self._settings)
        async with reader(kafka, EVENTS) as topic:
            self.partitions = topic.partitions
            self._spans = _by_partition(await topic.spans())

    @property
    def name(self) -> str:
        """The topic, and where."""
        return f"{EVENTS} of {','.join(self._settings.kafka_bootstrap_servers)}"

    def spans(self) -> dict[int, Span]:
        """What there is, by partition; empty ones are left out."""
        return dict(self._spans)

    def policies(self) -> dict[str, tuple[str, str]]:
        """The texts (policy, messages) by version, the first first."""
        return {version: (text.policy, text.messages) for version, text in self._policies.items()}

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        """The records of a span, in order. Raises StreamError."""
        with _Runner() as runner:
            records = self._records(partition, span)
            try:
                while (some := runner.run(_next(records))) is not None:
                    if some:
                        yield _chunk(partition, some)
            finally:
                runner.run(_close(records))

    async def _records(self, partition: int, span: Span) -> AsyncGenerator[list[RawRecord], None]:
        spans = {TopicPartition(EVENTS, partition): topic_reader.Span(*span)}
        async with reader(kafka_settings(self._settings), EVENTS) as topic:
            async for records in topic.read(spans):
                yield records

    def first_at(self, partition: int, millis: int) -> int:
        """The first offset whose record came at this time by Kafka or later; the end without."""
        if millis not in self._found_at:
            with _Runner() as runner:
                self._found_at[millis] = runner.run(self._first_at(millis))
        end = self._spans[partition].end
        return min(end, self._found_at[millis].get(partition, end))

    async def _first_at(self, millis: int) -> dict[int, int]:
        async with reader(kafka_settings(self._settings), EVENTS) as topic:
            return {tp.partition: at for tp, at in (await topic.first_at(millis)).items()}

    def states(self, _partition: int) -> dict[bytes, bytes] | None:
        """None: the changelog knows the latest states only, not those before the first offset."""
        return None


class _Runner:
    """Runs one coroutine after another in an event loop of its own; between them nothing runs."""

    def __init__(self) -> None:
        client_parts.use_ours()
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._runner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.__exit__(kind, error, trace)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns. Raises StreamError where Kafka fails."""
        try:
            return self._runner.run(work)
        except KafkaConnectionError:
            raise
        except KafkaError as error:
            raise StreamError(f"Kafka: {error}. `orchestrator check` may tell more.") from error


async def _next(parts: AsyncGenerator[list[RawRecord], None]) -> list[RawRecord] | None:
    return await anext(parts, None)


async def _close(parts: AsyncGenerator[list[RawRecord], None]) -> None:
    await parts.aclose()


def _by_partition(spans: Spans) -> Mapping[int, Span]:
    return {tp.partition: Span(*span) for tp, span in sorted(spans.items())}


def _chunk(partition: int, records: Sequence[RawRecord]) -> Chunk:
    headers = [record.headers for record in records]
    return Chunk(
        partition,
        [record.offset for record in records],
        [record.key for record in records],
        [record.value for record in records],
        headers if any(headers) else (),
        [record.timestamp for record in records],
    )
