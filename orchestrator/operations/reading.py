"""Reading a topic as it stands now, from outside any group."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from orchestrator.errors import StreamError
from orchestrator.stream.records import RawRecord

STALLED_AFTER_S = 60.0
CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much Kafka's time of a record may differ from the one that stands in it."""


class Span(NamedTuple):
    """Offsets from `begin` up to, not including, `end`."""

    begin: int
    end: int


Spans = Mapping[TopicPartition, Span]


@asynccontextmanager
async def reader(client_settings: Mapping[str, Any]) -> AsyncIterator[AIOKafkaConsumer]:
    """A client that reads what is committed, where it is told to. Raises KafkaError."""
    client = AIOKafkaConsumer(
        **client_settings,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def spans_of(client: AIOKafkaConsumer, topic: str, since: datetime | None) -> Spans:
    """What stands in the topic's partitions now, or came `since`; empty ones are left out.

    Raises StreamError if there is no such topic.
    """
    if topic not in await client.topics():
        raise StreamError(f"There is no topic {topic} yet: `orchestrator topics create` makes it.")
    tps = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
    begins, ends = await client.beginning_offsets(tps), await client.end_offsets(tps)
    if since is not None:
        millis = max(0, int((since - CLOCKS_DIFFER).timestamp() * 1000))
        found = await client.offsets_for_times(dict.fromkeys(tps, millis))
        begins = {tp: ends[tp] if at is None else at.offset for tp, at in found.items()}
    return {tp: Span(begins[tp], ends[tp]) for tp in tps if begins[tp] < ends[tp]}


async def read(client: AIOKafkaConsumer, spans: Spans) -> AsyncIterator[list[RawRecord]]:
    """The records of the spans, some of one partition at a time, in the order of their offsets.

    Raises StreamError if Kafka stops sending.
    """
    open_spans = dict(spans)
    client.assign(list(spans))
    for tp, span in spans.items():
        client.seek(tp, span.begin)
    heard = asyncio.get_running_loop().time()
    while open_spans:
        for tp, records in (await client.getmany(*open_spans, timeout_ms=500)).items():
            heard = asyncio.get_running_loop().time()
            yield [record for record in records if record.offset < spans[tp].end]
        for tp in list(open_spans):
            if await client.position(tp) >= spans[tp].end:
                del open_spans[tp]
        if open_spans and asyncio.get_running_loop().time() - heard > STALLED_AFTER_S:
            raise StreamError(
                f"Kafka has sent nothing for {STALLED_AFTER_S:g} s: see `orchestrator check`."
            )


def spans_around(topic: str, places: Iterable[tuple[int, int]]) -> Spans:
    """The least spans that hold all `places`, each a (partition, offset)."""
    spans: dict[TopicPartition, Span] = {}
    for partition, offset in places:
        tp = TopicPartition(topic, partition)
        span = spans.get(tp, Span(offset, offset + 1))
        spans[tp] = Span(min(span.begin, offset), max(span.end, offset + 1))
    return spans
