"""The newest dead letters, as many as can be read within a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from aiokafka import TopicPartition

from orchestrator.dead_letters.letters import Erased, Letter, Replayed, read_letter
from orchestrator.stream.records import RawRecord
from orchestrator.stream.topic_reader import Span, Spans, TopicReader

Found = Letter | Replayed | Erased

FIRST_WINDOW = 10
"""Records of a partition that are read first: even of the largest, so many come in time."""

GROWTH = 4


class Recent(NamedTuple):
    """What was read, each partition's in the order of its offsets; `complete`: that is all."""

    found: list[Found]
    complete: bool


async def recent(
    topic: TopicReader, spans: Spans, *, most: int, until: float, head: int = 0
) -> Recent:
    """Read the spans from their ends backwards, until the event loop's time is `until`.

    A mark stands behind what it speaks of, so whatever is found is known with all that is said of
    it. At most about `most` records are read; of each letter's bytes `head` are kept. Raises
    TimeoutError if not even the first window could be read in time, and StreamError.
    """
    found: list[Found] = []
    begins = {tp: span.end for tp, span in spans.items()}
    size, read = FIRST_WINDOW, 0
    while window := _window(spans, begins, min(size, (most - read) // max(1, len(spans)))):
        try:
            async with asyncio.timeout_at(until):
                found = await _read(topic, window, head) + found
        except TimeoutError:
            if not found:
                raise
            break
        begins |= {tp: span.begin for tp, span in window.items()}
        read += sum(span.end - span.begin for span in window.values())
        size *= GROWTH
    return Recent(found, all(begins[tp] == span.begin for tp, span in spans.items()))


def _window(spans: Spans, begins: Mapping[TopicPartition, int], size: int) -> Spans:
    """The next `size` records of each partition before what was read; nothing if none is left."""
    if size <= 0:
        return {}
    return {
        tp: Span(max(span.begin, begins[tp] - size), begins[tp])
        for tp, span in spans.items()
        if begins[tp] > span.begin
    }


async def parsed(topic: TopicReader, spans: Spans, head: int = 0) -> AsyncIterator[list[Found]]:
    """What the records of the spans say, some of one partition at a time; see TopicReader.read."""
    async for records in topic.read(spans):
        # A thread of its own: the worker decides events meanwhile.
        yield await asyncio.to_thread(_parsed, records, head)


def _parsed(records: list[RawRecord], head: int) -> list[Found]:
    return [read_letter(record, head) for record in records]


async def _read(topic: TopicReader, window: Spans, head: int) -> list[Found]:
    return [each async for part in parsed(topic, window, head) for each in part]
