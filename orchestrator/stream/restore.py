"""Reading a compacted changelog from its beginning to its end, by position."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from orchestrator.stream.records import RawRecord

Apply = Callable[[str, int, list[RawRecord]], None]
"""Called with (topic, partition, records), records in offset order."""


def committed_reader(client_settings: Mapping[str, Any], **settings: Any) -> AIOKafkaConsumer:
    """A client outside of any group, which reads what is committed and keeps no offsets."""
    return AIOKafkaConsumer(
        **client_settings,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **settings,
    )


Remaining = Callable[[int], None]
"""Called with how many offsets there are still to go; 0 at the end."""


def tell_nobody(_remaining: int) -> None:
    """Nobody wants to know."""


async def restore(
    client_settings: Mapping[str, Any],
    partitions: Iterable[TopicPartition],
    apply: Apply,
    remaining: Remaining = tell_nobody,
) -> int:
    """Hand every record of `partitions` to `apply`; returns how many there were.

    The end is the last stable offset at the call; it is reached by position, not by counting, since
    compaction and transaction markers leave holes. Raises KafkaError; what was applied then is
    incomplete, and the caller begins anew.
    """
    tps = list(partitions)
    if not tps:
        return 0
    reader = committed_reader(client_settings, max_partition_fetch_bytes=8 * 1024 * 1024)
    try:
        await reader.start()
        reader.assign(tps)
        ends = await reader.end_offsets(tps)
        begins = await reader.beginning_offsets(tps)
        for tp in tps:
            reader.seek(tp, begins[tp])
        return await read_until(
            reader, {tp: end for tp, end in ends.items() if end > begins[tp]}, apply, remaining
        )
    finally:
        await reader.stop()


async def read_until(
    reader: AIOKafkaConsumer,
    ends: dict[TopicPartition, int],
    apply: Apply,
    remaining: Remaining = tell_nobody,
) -> int:
    """Hand everything before `ends` to `apply`; returns how many records there were."""
    count = 0
    while ends:
        for tp, records in (await reader.getmany(*ends, timeout_ms=200)).items():
            apply(tp.topic, tp.partition, records)
            count += len(records)
        to_go = {tp: end - await reader.position(tp) for tp, end in ends.items()}
        ends = {tp: ends[tp] for tp, count in to_go.items() if count > 0}
        remaining(sum(to_go[tp] for tp in ends))
    return count


async def reached(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    """Whether everything before `ends` was handed over, holes in the log included."""
    for tp, end in ends.items():
        if await reader.position(tp) < end:
            return False
    return True
