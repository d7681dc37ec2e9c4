"""Where a partition that is taken over begins: at its committed offset, if its log has that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from orchestrator.errors import OffsetAhead, OffsetExpired

ASK_AGAIN_S = 0.5
PATIENCE_S = 10.0
"""A new leader may tell an end that is a moment old: so long is it asked again."""


class Span(NamedTuple):
    """A partition's log: its first offset, one past its last, and the group's (None: none yet)."""

    begin: int
    end: int
    committed: int | None

    @property
    def start(self) -> int:
        """The offset to begin at."""
        return self.begin if self.committed is None else self.committed


async def spans(
    client: AIOKafkaConsumer, tps: Iterable[TP], patience_s: float = PATIENCE_S
) -> dict[TP, Span]:
    """The spans of some partitions.

    Raises OffsetExpired or OffsetAhead if a committed offset lies outside of its log.
    """
    keys = [TopicPartition(*tp) for tp in tps]
    found = await _ask(client, keys)
    until = asyncio.get_running_loop().time() + patience_s
    while any(span.start > span.end for span in found.values()):
        if asyncio.get_running_loop().time() >= until:
            break
        await asyncio.sleep(ASK_AGAIN_S)
        found = await _ask(client, keys)
    for tp, span in found.items():
        _check(tp, span)
    return found


async def _ask(client: AIOKafkaConsumer, keys: list[TopicPartition]) -> dict[TP, Span]:
    # In this order: the group's offset was in the log before anybody asked where that ends.
    committed = await asyncio.gather(*(client.committed(key) for key in keys))
    begins: Mapping[TopicPartition, int] = await client.beginning_offsets(keys)
    ends: Mapping[TopicPartition, int] = await client.end_offsets(keys)
    return {
        TP(*key): Span(begins[key], ends[key], offset)
        for key, offset in zip(keys, committed, strict=True)
    }


def _check(tp: TP, span: Span) -> None:
    if span.start < span.begin:
        raise OffsetExpired(
            f"{tp.topic} partition {tp.partition}: the committed offset {span.committed} is gone, "
            f"the log begins at {span.begin} now, so {span.begin - span.start} records were "
            "deleted unread. Restore the topic from a copy, or move the group's offset to the "
            "log's begin with kafka-consumer-groups.sh --reset-offsets --to-earliest and accept "
            "the loss."
        )
    if span.start > span.end:
        raise OffsetAhead(
            f"{tp.topic} partition {tp.partition}: the group has committed offset "
            f"{span.committed}, but the log ends at {span.end}: the topic was made anew, or has "
            "lost its end. Restore the topic from a copy; or, if what it holds now is to be "
            "worked on, stop all workers, delete the changelog topics with it and move the "
            "group's offset with kafka-consumer-groups.sh --reset-offsets --to-earliest."
        )
