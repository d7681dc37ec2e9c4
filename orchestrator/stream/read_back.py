"""Reading what a topic holds from a time on, once, beside everything else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from orchestrator.stream.refusals import AWAY
from orchestrator.stream.restore import Apply, committed_reader, read_until

logger = logging.getLogger(__name__)

RETRY_S = 1.0


async def read_back(
    client_settings: Mapping[str, Any],
    topic: str,
    *,
    partitions: int,
    since: datetime,
    most: int,
    apply: Apply,
) -> int:
    """Hand the records of a topic written from `since` on to `apply`; returns how many there were.

    Of each partition at most the last `most`, up to its end at the call. Kafka's errors are waited
    out, and what was handed over before is handed over again.
    """
    tps = [TopicPartition(topic, number) for number in range(partitions)]
    while True:
        reader = committed_reader(client_settings)
        try:
            await reader.start()
            reader.assign(tps)
            starts, ends = await _range(reader, tps, since, most)
            for tp in tps:
                reader.seek(tp, starts[tp])
            return await read_until(reader, _beyond(starts, ends), apply)
        except AWAY as error:
            logger.warning("reading back failed, trying again: %r", error)
            await asyncio.sleep(RETRY_S)
        finally:
            await reader.stop()


async def _range(
    reader: AIOKafkaConsumer, tps: list[TopicPartition], since: datetime, most: int
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    """Where to begin, and where to end."""
    ends: dict[TopicPartition, int] = await reader.end_offsets(tps)
    begins = await reader.beginning_offsets(tps)
    milliseconds = int(since.timestamp() * 1000)
    found = await reader.offsets_for_times(dict.fromkeys(tps, milliseconds))
    starts = {}
    for tp in tps:
        first = found.get(tp)
        at = ends[tp] if first is None else first.offset
        starts[tp] = min(ends[tp], max(at, begins[tp], ends[tp] - most))
    return starts, ends


def _beyond(
    starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    return {tp: end for tp, end in ends.items() if end > starts[tp]}
