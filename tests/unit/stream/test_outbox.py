"""What waits for a partition goes out together, in order; who waits learns how it ended."""

import asyncio

import pytest
from aiokafka.errors import KafkaTimeoutError

from orchestrator.stream.outbox import Outbox
from orchestrator.stream.records import Record
from tests.waiting import eventually

A, B, C, D = (Record(b"k", value) for value in (b"a", b"b", b"c", b"d"))


class Kafka:
    """Takes what is written once its gate is open; refuses what has a value among `refuses`."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.writes: list[tuple[str, int, list[Record]]] = []
        self.refuses: set[bytes | None] = set()

    async def write(self, topic: str, partition: int, records: list[Record]) -> None:
        self.writes.append((topic, partition, records))
        await self.gate.wait()
        if any(record.value in self.refuses for record in records):
            raise KafkaTimeoutError


async def test_what_comes_while_a_write_is_under_way_goes_out_together_after_it() -> None:
    kafka = Kafka()
    outbox = Outbox(kafka.write)
    first = outbox.put("t", 0, [A])
    await eventually(lambda: len(kafka.writes) == 1)
    later = [outbox.put("t", 0, [B, C]), outbox.put("t", 0, [D])]
    await asyncio.sleep(0.01)
    assert len(kafka.writes) == 1
    assert not first.done()
    kafka.gate.set()
    await asyncio.gather(first, *later)
    assert kafka.writes == [("t", 0, [A]), ("t", 0, [B, C, D])]


async def test_partitions_do_not_wait_for_one_another() -> None:
    kafka = Kafka()
    outbox = Outbox(kafka.write)
    waiting = [outbox.put("t", 0, [A]), outbox.put("t", 1, [B]), outbox.put("u", 0, [C])]
    await eventually(lambda: len(kafka.writes) == 3)
    kafka.gate.set()
    await asyncio.gather(*waiting)


async def test_who_went_together_shares_the_failure_and_the_next_write_is_tried() -> None:
    kafka = Kafka()
    outbox = Outbox(kafka.write)
    kafka.refuses = {b"b"}
    first = outbox.put("t", 0, [A])
    await eventually(lambda: len(kafka.writes) == 1)
    together = [outbox.put("t", 0, [B]), outbox.put("t", 0, [C])]
    kafka.gate.set()
    await first
    for each in together:
        with pytest.raises(KafkaTimeoutError):
            await each
    await outbox.put("t", 0, [D])


async def test_a_caller_who_was_cancelled_holds_up_nobody() -> None:
    kafka = Kafka()
    outbox = Outbox(kafka.write)
    gone = outbox.put("t", 0, [A])
    await eventually(lambda: len(kafka.writes) == 1)
    gone.cancel()
    stays = outbox.put("t", 0, [B])
    kafka.gate.set()
    await stays
    assert [records for _, _, records in kafka.writes] == [[A], [B]]
