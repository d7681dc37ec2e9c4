"""Where a partition that is taken over begins: at its committed offset, if its log has that."""

from __future__ import annotations

import asyncio
from collections import defaultdict
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
    _refuse_expired(found)
    _refuse_ahead(found)
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


def forget_offsets(tps: Iterable[TP]) -> str:
    """The command by which partitions without a committed offset begin at their log's begin."""
    names = [f"--topic {topic}:{numbers}" for topic, numbers in _by_topic(tps).items()]
    return f"kafka-consumer-groups.sh --delete-offsets {' '.join(names)}"


def _by_topic(tps: Iterable[TP]) -> dict[str, str]:
    """Partition numbers as in 0,3,7 by topic."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for tp in sorted(tps):
        numbers[tp.topic].append(tp.partition)
    return {topic: ",".join(map(str, some)) for topic, some in numbers.items()}


def _refuse_expired(found: Mapping[TP, Span]) -> None:
    expired = {tp: span for tp, span in found.items() if span.start < span.begin}
    if not expired:
        return
    facts = [
        f"{tp.topic} partition {tp.partition}: the committed offset {span.committed} is gone, the "
        f"log begins at {span.begin} now, so {span.begin - span.start} records were deleted unread."
        for tp, span in sorted(expired.items())
    ]
    raise OffsetExpired(
        f"{' '.join(facts)} Restore the topic from a copy; or, to accept the loss and begin with "
        f"what is left, stop all workers and forget the group's offset: {forget_offsets(expired)}"
    )


def _refuse_ahead(found: Mapping[TP, Span]) -> None:
    ahead = {tp: span for tp, span in found.items() if span.start > span.end}
    if not ahead:
        return
    facts = [
        f"{tp.topic} partition {tp.partition}: the group has committed offset {span.committed}, "
        f"but the log ends at {span.end}: the topic was made anew, or has lost its end."
        for tp, span in sorted(ahead.items())
    ]
    raise OffsetAhead(
        f"{' '.join(facts)} Restore the topic from a copy; or, if what it holds now is to be "
        "worked on, stop all workers and forget the group's offset, so that all of it is read: "
        f"{forget_offsets(ahead)}"
    )
