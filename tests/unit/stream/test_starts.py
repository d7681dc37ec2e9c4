"""Where a partition that is taken over begins."""

from typing import cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from orchestrator.errors import OffsetAhead, OffsetExpired
from orchestrator.stream.starts import Span, spans
from tests.unit.stream.kafka_client import FakeClient

EVENTS = TP("events", 0)


async def asked(begin: int, end: int, committed: int | None) -> Span:
    client = FakeClient()
    key = TopicPartition(*EVENTS)
    client.begins[key], client.ends[key] = begin, end
    if committed is not None:
        client.offsets[key] = committed
    found = await spans(cast("AIOKafkaConsumer", client), [EVENTS], patience_s=0.0)
    return found[EVENTS]


@pytest.mark.parametrize(
    ("begin", "end", "committed", "start"),
    [(3, 9, None, 3), (3, 9, 3, 3), (3, 9, 7, 7), (3, 9, 9, 9), (0, 0, None, 0)],
)
async def test_it_begins_at_the_committed_offset_or_at_the_logs_begin(
    begin: int, end: int, committed: int | None, start: int
) -> None:
    assert (await asked(begin, end, committed)).start == start


async def test_a_committed_offset_that_was_deleted_is_refused_with_the_remedy() -> None:
    with pytest.raises(OffsetExpired, match=r"events partition 0.*2 records were deleted unread"):
        await asked(begin=9, end=20, committed=7)


async def test_a_committed_offset_beyond_the_log_is_refused_with_the_remedy() -> None:
    with pytest.raises(OffsetAhead, match=r"committed offset 21, but the log ends at 20.*Restore"):
        await asked(begin=9, end=20, committed=21)


async def test_all_partitions_that_are_refused_are_named_at_once() -> None:
    client = FakeClient()
    for number in (3, 0, 1):
        key = TopicPartition("events", number)
        client.begins[key], client.ends[key], client.offsets[key] = 9, 20, 7 + 2 * (number == 1)
    tps = [TP("events", number) for number in (3, 0, 1)]
    with pytest.raises(OffsetExpired) as caught:
        await spans(cast("AIOKafkaConsumer", client), tps, patience_s=0.0)
    said = str(caught.value)
    assert said.count("2 records were deleted unread") == 2
    assert said.endswith("--delete-offsets --topic events:0,3")
