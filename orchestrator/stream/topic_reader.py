"""Reading a topic as it stands now, from outside any group."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from orchestrator.errors import StreamError
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import committed_reader

STALLED_AFTER_S = 60.0
FETCHED_BYTES = 4 * 1024 * 1024
FETCH_WAIT_MS = 20
"""A fetch at the end of what is there is not to hold up the one that goes back."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much Kafka's time of a record may differ from the one that stands in it."""


class Span(NamedTuple):
    """Offsets from `begin` up to, not including, `end`."""

    begin: int
    end: int


Spans = Mapping[TopicPartition, Span]


class TopicReader:
    """Reads one topic, as far as it is committed, where it is told to. Made by `reader`."""

    def __init__(self, client: AIOKafkaConsumer, topic: str, partitions: int) -> None:
        self._client = client
        self._tps = [TopicPartition(topic, number) for number in range(partitions)]

    async def spans(self, since: datetime | None = None) -> Spans:
        """What stands in the partitions now, or came `since`; empty ones are left out."""
        tps = self._tps
        begins = await self._client.beginning_offsets(tps)
        ends = await self._client.end_offsets(tps)
        if since is not None:
            millis = max(0, int((since - CLOCKS_DIFFER).timestamp() * 1000))
            begins = {**ends, **await self.first_at(millis)}
        return {tp: Span(begins[tp], ends[tp]) for tp in tps if begins[tp] < ends[tp]}

    @property
    def partitions(self) -> int:
        """How many the topic has."""
        return len(self._tps)

    async def first_at(self, millis: int) -> Mapping[TopicPartition, int]:
        """The first offsets whose records came at this time or later, where there is such a one.

        `millis`: since 1970, by Kafka.
        """
        found = await self._client.offsets_for_times(dict.fromkeys(self._tps, millis))
        return {tp: at.offset for tp, at in found.items() if at is not None}

    async def read(self, spans: Spans) -> AsyncIterator[list[RawRecord]]:
        """The records of the spans, some of one partition at a time, in the order of their offsets.

        Raises StreamError if Kafka stops sending.
        """
        self._client.assign(list(spans))
        for tp, span in spans.items():
            self._client.seek(tp, span.begin)
        left, heard = dict(spans), _now()
        while left:
            for tp, records in (await self._client.getmany(*left, timeout_ms=500)).items():
                heard = _now()
                yield [record for record in records if record.offset < spans[tp].end]
            for tp in list(left):
                if await self._client.position(tp) >= spans[tp].end:
                    del left[tp]
            if left and _now() - heard > STALLED_AFTER_S:
                raise StreamError(
                    f"Kafka has sent nothing for {STALLED_AFTER_S:g} s: see `orchestrator check`."
                )


@asynccontextmanager
async def reader(
    client_settings: Mapping[str, Any], topic: str, fetched_bytes: int = FETCHED_BYTES
) -> AsyncIterator[TopicReader]:
    """A reader of a topic, which holds about `fetched_bytes` of each partition at a time.

    Raises StreamError if there is no such topic, and KafkaError.
    """
    partitions = await partition_count(client_settings, topic)
    client = committed_reader(
        client_settings, max_partition_fetch_bytes=fetched_bytes, fetch_max_wait_ms=FETCH_WAIT_MS
    )
    try:
        await client.start()
        yield TopicReader(client, topic, partitions)
    finally:
        await client.stop()


def spans_around(topic: str, places: Iterable[tuple[int, int]]) -> Spans:
    """The least spans that hold all `places`, each a (partition, offset)."""
    spans: dict[TopicPartition, Span] = {}
    for partition, offset in places:
        tp = TopicPartition(topic, partition)
        span = spans.get(tp, Span(offset, offset + 1))
        spans[tp] = Span(min(span.begin, offset), max(span.end, offset + 1))
    return spans


async def partition_count(client_settings: Mapping[str, Any], topic: str) -> int:
    """How many partitions a topic has. Raises StreamError if there is none such, and KafkaError."""
    admin = AIOKafkaAdminClient(**client_settings)
    try:
        await admin.start()
        described = await admin.describe_topics()  # all: asking for one by name could make it
    finally:
        await admin.close()
    counts = {each["topic"]: len(each["partitions"]) for each in described}
    if topic not in counts:
        raise StreamError(f"There is no topic {topic} yet: `orchestrator topics create` makes it.")
    return counts[topic]


def _now() -> float:
    return asyncio.get_running_loop().time()
