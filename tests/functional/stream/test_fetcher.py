"""The fetch loop against a client that answers when it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError, OffsetOutOfRangeError
from faust.types import TP

from orchestrator.errors import OffsetExpired
from orchestrator.stream.fetcher import FetchLoop
from orchestrator.stream.flow import Limits, Pace, PartitionFlow
from orchestrator.stream.own_writes import Written
from orchestrator.stream.records import RawRecord, Record
from tests.unit.stream.samples import records
from tests.waiting import eventually

Fetched = dict[TopicPartition, list[RawRecord]]


class Client:
    """Stands for aiokafka's consumer: getmany waits for an answer, or for its end."""

    def __init__(self) -> None:
        self.asked: list[set[TopicPartition]] = []
        self.waiting = 0
        self.answers: asyncio.Queue[Fetched | Exception] = asyncio.Queue()

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int) -> Fetched:
        self.asked.append(set(partitions))
        self.waiting += 1
        try:
            answer = await self.answers.get()
        finally:
            self.waiting -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def position(self, _partition: TopicPartition) -> int:
        return 0

    def has(self, *offsets: int, partition: int = 0) -> None:
        self.answers.put_nowait({TopicPartition("events", partition): records(offsets)})


class House:
    """A loop, its client and its flows, and what was handed out."""

    def __init__(self, partitions: int = 1) -> None:
        limits = Limits(batch_records=100, pending_records=3)
        self.flows = [PartitionFlow(TP("events", n), limits) for n in range(partitions)]
        self.client = Client()
        self.delivered: list[int] = []
        self.failures: list[BaseException] = []
        self.next = 0
        self.loop = FetchLoop(
            self.client, lambda: self.flows, self.deliver, self.fail, self.take_own
        )

    def take_own(self, _tp: TopicPartition, written: Written) -> bool:
        if written.first != self.next:
            return False
        self.next = written.after
        return True

    def wrote(self, first: int, count: int) -> None:
        records = [Record(b"key", b"value")] * count
        self.loop.take_own(self.flows[0], Written("events", 0, first, 1, 0, records))

    def deliver(self, flow: PartitionFlow) -> None:
        self.delivered += [record.offset for record in flow.take() or []]

    async def fail(self, error: BaseException) -> None:
        self.failures.append(error)


@asynccontextmanager
async def running(partitions: int = 1) -> AsyncIterator[House]:
    house = House(partitions)
    for flow in house.flows:
        flow.open_at(0)
    house.loop.start()
    await eventually(lambda: house.client.waiting == 1)
    yield house
    await house.loop.park()


async def test_what_is_fetched_is_handed_out_in_order() -> None:
    async with running() as house:
        house.client.has(0, 1)
        await eventually(lambda: house.delivered == [0, 1])
        house.flows[0].finish(2)
        house.client.has(2)
        await eventually(lambda: house.delivered == [0, 1, 2])


async def test_what_was_written_here_is_handed_out_without_a_fetch_where_it_comes_next() -> None:
    async with running() as house:
        house.wrote(0, 2)
        assert house.delivered == [0, 1]
        house.flows[0].finish(2)
        house.wrote(5, 1)
        assert house.delivered == [0, 1]


async def test_a_full_flow_takes_nothing_that_was_written_here() -> None:
    async with running() as house:
        house.wrote(0, 1)  # is out
        house.wrote(1, 3)  # fills the flow
        house.wrote(4, 1)
        assert house.next == 4
        assert house.flows[0].pending == 3


async def test_while_the_loop_is_parked_nothing_is_handed_out() -> None:
    async with running() as house:
        await house.loop.park()
        house.wrote(0, 1)
        assert (house.delivered, house.next) == ([], 0)


async def test_where_nobody_waits_records_wait_for_others() -> None:
    async with running() as house:
        house.flows[0].pace = Pace(gather_s=0.1)
        batches: list[int] = []
        house.loop._deliver = lambda flow: batches.append(len(flow.take() or []))
        house.client.has(0)
        await eventually(lambda: house.flows[0].pending == 1)
        house.client.has(1)
        await eventually(lambda: batches == [2])


async def test_what_came_while_a_batch_was_out_waits_for_others_too() -> None:
    async with running() as house:
        flow = house.flows[0]
        flow.pace = Pace(gather_s=0.05)
        house.client.has(0)
        await eventually(lambda: house.delivered == [0])
        house.client.has(1)
        await eventually(lambda: flow.pending == 1 and not flow.gathering)
        flow.finish(1)
        house.loop.offer(flow)
        assert house.delivered == [0]
        house.client.has(2)
        await eventually(lambda: house.delivered == [0, 1, 2])


async def test_a_whole_batch_waits_for_no_others() -> None:
    async with running() as house:
        house.flows[0] = PartitionFlow(TP("events", 0), Limits(batch_records=2), Pace(gather_s=60))
        house.flows[0].open_at(0)
        house.loop.wake()
        house.client.has(0, 1)
        await eventually(lambda: house.delivered == [0, 1])


async def test_what_waits_for_others_is_dropped_with_its_partition() -> None:
    async with running() as house:
        house.flows[0].pace = Pace(gather_s=0.05)
        house.client.has(0)
        await eventually(lambda: house.flows[0].pending == 1)
        house.flows[0].close()
        await asyncio.sleep(0.1)
        assert house.delivered == []


async def test_only_flows_that_want_records_are_asked_for() -> None:
    async with running(partitions=2) as house:
        house.flows[0].add(records([0, 1, 2]))
        house.client.has(0, partition=1)
        await eventually(lambda: house.client.asked[-1] == {TopicPartition("events", 1)})


async def test_while_nobody_wants_records_kafka_is_not_asked() -> None:
    async with running() as house:
        house.flows[0].pace = Pace(abreast=0)
        house.client.has(0, 1, 2)
        await eventually(lambda: house.client.waiting == 0 and house.flows[0].pending == 3)
        asked = len(house.client.asked)
        house.loop.wake()
        await asyncio.sleep(0)
        assert len(house.client.asked) == asked


async def test_waking_asks_anew_with_the_flows_that_want_records_by_then() -> None:
    async with running(partitions=2) as house:
        house.flows.append(PartitionFlow(TP("events", 2), Limits()))
        house.flows[-1].open_at(5)
        house.loop.wake()
        await eventually(lambda: TopicPartition("events", 2) in house.client.asked[-1])
        await eventually(lambda: house.client.waiting == 1)


async def test_a_parked_loop_has_no_fetch_under_way_and_hands_out_nothing() -> None:
    async with running() as house:
        await house.loop.park()
        assert house.client.waiting == 0
        house.client.has(0)
        await asyncio.sleep(0)
        assert house.delivered == []
        assert house.flows[0].pending == 0


async def test_records_that_come_in_the_same_step_as_the_parking_are_not_handed_out() -> None:
    async with running() as house:
        house.client.has(0)
        await house.loop.park()
        assert house.delivered == []
        assert house.flows[0].pending == 0


async def test_a_parked_loop_goes_on_when_it_is_started_again() -> None:
    async with running() as house:
        await house.loop.park()
        await house.loop.park()
        house.loop.start()
        house.loop.start()
        house.client.has(7)
        await eventually(lambda: house.delivered == [7])
        assert house.client.waiting <= 1


async def test_records_of_a_flow_that_closed_meanwhile_are_dropped() -> None:
    async with running() as house:
        house.flows[0].close()
        house.client.has(0)
        await eventually(lambda: house.client.waiting == 0)
        assert house.delivered == []


async def test_an_offset_that_is_gone_stops_the_worker_with_the_remedy() -> None:
    async with running() as house:
        house.client.answers.put_nowait(OffsetOutOfRangeError({TopicPartition("events", 0): 41}))
        await eventually(lambda: len(house.failures) == 1)
    assert isinstance(house.failures[0], OffsetExpired)
    assert "41" in str(house.failures[0])
    assert "kafka-consumer-groups.sh --delete-offsets --topic events:0" in str(house.failures[0])


async def test_a_client_that_is_closing_ends_the_loop_quietly() -> None:
    async with running() as house:
        house.client.answers.put_nowait(ConsumerStoppedError())
        await eventually(lambda: house.client.waiting == 0)
    assert house.failures == []


@pytest.mark.parametrize("error", [KafkaError("not authorised"), RuntimeError("a bug")])
async def test_whatever_else_goes_wrong_stops_the_worker(error: Exception) -> None:
    async with running() as house:
        house.client.answers.put_nowait(error)
        await eventually(lambda: house.failures == [error])
