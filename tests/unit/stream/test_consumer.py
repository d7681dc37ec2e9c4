"""The group's member through rebalances, work that fails, and its stop. Kafka is in memory."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ProducerFenced
from faust.types import TP, Message

from orchestrator.errors import OffsetExpired
from orchestrator.stream.awaited import AwaitedWriter
from orchestrator.stream.batch import Batch, Handler
from orchestrator.stream.commits import CommitLedger
from orchestrator.stream.consumer import BatchConsumer
from orchestrator.stream.fetcher import FetchLoop
from orchestrator.stream.flow import Pace, PartitionFlow
from orchestrator.stream.observer import Silent
from tests.unit.stream.kafka_client import FakeClient
from tests.unit.stream.owners_producer import FakeProducer
from tests.unit.stream.samples import app, records
from tests.waiting import eventually

EVENTS = [TP("events", number) for number in range(3)]


class LaneClaim:
    """Work that goes with a partition; `failure`: how its end fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.held: set[int] = set()
        self.failure = failure

    async def acquire(self, partition: int) -> None:
        self.held.add(partition)

    async def release(self, partition: int) -> None:
        self.held.remove(partition)
        if self.failure is not None:
            raise self.failure


class House:
    """A consumer in an app that was never started; Faust's part of a rebalance does nothing.

    That is what it does, too, when the app has been told to stop.
    """

    def __init__(self) -> None:
        self.app = app()
        self.producer = FakeProducer()
        self.app.writer = AwaitedWriter(lambda: self.producer)
        self.client = FakeClient()
        self.consumer = self._consumer()
        self.delivered: list[Batch] = []
        self.delivery_failure: Exception | None = None

    def _consumer(self) -> BatchConsumer:
        consumer = self.app.transport.create_consumer(
            callback=self._deliver,
            on_partitions_revoked=self._nothing,
            on_partitions_assigned=self._nothing,
        )
        assert isinstance(consumer, BatchConsumer)
        consumer._client = self.client
        consumer._commits = CommitLedger(self.client, Silent())
        consumer._fetcher = FetchLoop(
            self.client, consumer._open_flows, consumer._deliver, consumer.app_crash
        )
        self.app.writer.attach(consumer)
        return consumer

    async def _deliver(self, message: Message) -> None:
        if self.delivery_failure is not None:
            raise self.delivery_failure
        assert isinstance(message, Batch)
        self.delivered.append(message)

    async def _nothing(self, *_arguments: Any) -> None:
        pass

    async def joins(self, *tps: TP, generation: int) -> None:
        """The group gives partitions; returns when they are open."""
        self.client._coordinator.generation = generation
        self.client.assigned = {TopicPartition(*tp) for tp in tps}
        self.client.sought = {}
        await self.consumer.assign(set(tps))
        assert self.consumer._opening is not None
        await self.consumer._opening

    async def leaves(self) -> None:
        await self.consumer.revoke(set(self.consumer.flows))

    def begins(self, tp: TP, offsets: range, handle: Handler) -> PartitionFlow:
        """Records come in, and work on them begins."""
        flow = self.consumer.flows[tp]
        flow.add(records(offsets))
        batch = Batch(flow, flow.take() or [], self.consumer.generation, headers=[])
        self.consumer.work(batch, handle)
        return flow

    def sought(self) -> dict[TP, int]:
        return {TP(*tp): offset for tp, offset in self.client.sought.items()}

    async def end(self) -> None:
        await self.leaves()


async def done(_batch: Batch) -> None:
    await asyncio.sleep(0)


async def test_a_new_partition_begins_at_its_committed_offset_or_its_logs_begin() -> None:
    house = House()
    house.client.offsets[TopicPartition("events", 0)] = 7
    house.client.begins[TopicPartition("events", 1)] = 3
    await house.joins(*EVENTS, generation=1)
    assert house.sought() == {EVENTS[0]: 7, EVENTS[1]: 3, EVENTS[2]: 0}
    assert all(flow.ready for flow in house.consumer.flows.values())
    await house.end()


async def test_a_committed_offset_that_is_gone_stops_the_worker_with_the_remedy() -> None:
    house = House()
    house.client.offsets[TopicPartition("events", 0)] = 7
    house.client.begins[TopicPartition("events", 0)] = 9
    await house.joins(EVENTS[0], generation=1)
    reason = house.app.crash_reason
    assert isinstance(reason, OffsetExpired)
    assert "events partition 0: the committed offset 7 is gone, the log begins at 9" in str(reason)
    assert "2 records were deleted unread" in str(reason)
    assert "kafka-consumer-groups.sh --delete-offsets --topic events:0" in str(reason)
    assert not house.consumer.flows[EVENTS[0]].ready
    await house.end()


async def test_partitions_in_motion_are_not_open_though_all_were_restored_before() -> None:
    house = House()
    seen = [house.consumer.is_open]
    await house.joins(EVENTS[0], generation=1)
    seen.append(house.consumer.is_open)
    await house.leaves()
    seen.append(house.consumer.is_open)
    await house.joins(generation=2)  # there are more members than partitions
    seen.append(house.consumer.is_open)
    assert seen == [False, True, False, True]
    await house.end()


async def test_from_one_generation_to_the_next_a_partition_goes_on_where_it_was() -> None:
    house = House()
    await house.joins(*EVENTS[:2], generation=4)
    house.begins(EVENTS[0], range(5), done)
    await house.leaves()
    house.client.offsets[TopicPartition("events", 0)] = 2
    await house.joins(EVENTS[0], EVENTS[2], generation=5)
    assert house.sought() == {EVENTS[0]: 5, EVENTS[2]: 0}
    await house.end()


@pytest.mark.parametrize("generation", [6, 1])
async def test_who_missed_a_generation_takes_over_like_anybody_else(generation: int) -> None:
    house = House()
    await house.joins(EVENTS[0], generation=4)
    house.begins(EVENTS[0], range(5), done)
    await house.leaves()
    house.client.offsets[TopicPartition("events", 0)] = 40
    await house.joins(EVENTS[0], generation=generation)
    assert house.sought() == {EVENTS[0]: 40}
    await house.end()


async def test_a_partition_that_was_away_for_a_generation_is_not_taken_to_be_ours_still() -> None:
    house = House()
    await house.joins(*EVENTS[:2], generation=4)
    house.begins(EVENTS[0], range(5), done)
    await house.leaves()
    await house.joins(EVENTS[1], generation=5)
    await house.leaves()
    house.client.offsets[TopicPartition("events", 0)] = 40
    await house.joins(*EVENTS[:2], generation=6)
    assert house.sought()[EVENTS[0]] == 40
    await house.end()


async def test_work_under_way_ends_before_the_partition_is_let_go() -> None:
    """Also when the app is stopping, and Faust does not wait: another may begin at once."""
    house = House()
    await house.joins(EVENTS[0], generation=1)
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def handle(_batch: Batch) -> None:
        await may_end.wait()
        ended.set()

    house.begins(EVENTS[0], range(5), handle)
    leaving = asyncio.create_task(house.leaves())
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    await leaving
    assert ended.is_set()
    assert house.client.commits == [{TopicPartition("events", 0): 5}]


async def test_a_claim_is_held_from_before_the_first_record_until_after_the_last_work() -> None:
    house = House()
    claim = LaneClaim()
    house.app.claim("events", claim, read=True)
    await house.joins(EVENTS[0], generation=1)
    held = []

    async def handle(_batch: Batch) -> None:
        held.append(set(claim.held))
        await asyncio.sleep(0.01)
        held.append(set(claim.held))

    house.begins(EVENTS[0], range(5), handle)
    await house.leaves()
    assert held == [{0}, {0}]
    assert claim.held == set()


async def test_what_was_delivered_under_an_assignment_that_has_ended_is_not_begun() -> None:
    house = House()
    await house.joins(EVENTS[0], generation=1)
    flow = house.consumer.flows[EVENTS[0]]
    flow.add(records(range(5)))
    late = Batch(flow, flow.take() or [], 1, headers=[])
    await house.leaves()
    house.consumer.work(late, done)
    assert house.consumer._bench.is_empty


async def test_after_a_batch_the_next_is_delivered() -> None:
    house = House()
    await house.joins(EVENTS[0], generation=1)
    flow = house.begins(EVENTS[0], range(5), done)
    flow.add(records(range(5, 9)))
    await eventually(lambda: [batch.next_offset for batch in house.delivered] == [9])
    await house.end()


async def test_batches_abreast_are_delivered_each_after_the_one_before_has_arrived() -> None:
    house = House()
    await house.joins(EVENTS[0], generation=1)
    flow = house.consumer.flows[EVENTS[0]]
    flow.pace = Pace(abreast=2)
    ends: list[asyncio.Future[None]] = []

    async def handle(_batch: Batch) -> None:
        ends.append(asyncio.get_running_loop().create_future())
        await ends[-1]

    for first in (0, 2, 4):
        flow.add(records(range(first, first + 2)))
        house.consumer._deliver(flow)
        await asyncio.sleep(0)
    assert [batch.next_offset for batch in house.delivered] == [2]
    house.consumer.work(house.delivered[0], handle)
    await eventually(lambda: [batch.next_offset for batch in house.delivered] == [2, 6])
    house.consumer.work(house.delivered[1], handle)
    flow.add(records(range(6, 8)))
    house.consumer._deliver(flow)
    await eventually(lambda: len(ends) == 2)
    assert len(house.delivered) == 2
    ends[1].set_result(None)
    await asyncio.sleep(0.01)
    assert (flow.done, len(house.delivered)) == (0, 2)
    ends[0].set_result(None)
    await eventually(lambda: [batch.next_offset for batch in house.delivered] == [2, 6, 8])
    assert flow.done == 6
    await house.end()


async def test_failed_work_stops_the_worker_and_is_never_committed() -> None:
    house = House()
    await house.joins(EVENTS[0], generation=1)
    failure = ValueError("not foreseen")

    async def handle(_batch: Batch) -> None:
        raise failure

    flow = house.begins(EVENTS[0], range(5), handle)
    await eventually(lambda: house.app.crash_reason is failure)
    await house.end()
    assert flow.done == 0
    assert house.client.commits == []


async def test_a_batch_that_cannot_be_delivered_stops_the_worker() -> None:
    """Its partition would stand still for ever otherwise."""
    house = House()
    await house.joins(EVENTS[0], generation=1)
    house.delivery_failure = KeyError("no callback")
    flow = house.consumer.flows[EVENTS[0]]
    flow.add(records(range(5)))
    house.consumer._deliver(flow)
    await eventually(lambda: house.app.crash_reason is house.delivery_failure)
    await house.end()


async def test_the_flows_close_even_if_a_lane_cannot_be_released() -> None:
    house = House()
    house.app.claim("lanes", LaneClaim(RuntimeError("the lane does not end")))
    await house.joins(EVENTS[0], TP("lanes", 0), generation=1)
    ended = asyncio.Event()

    async def handle(_batch: Batch) -> None:
        await asyncio.sleep(0)
        ended.set()

    flow = house.begins(EVENTS[0], range(5), handle)
    with pytest.raises(RuntimeError, match="the lane does not end"):
        await house.leaves()
    assert flow.closed
    assert ended.is_set()


async def test_lags_are_told_during_a_rebalance_too() -> None:
    house = House()
    house.app._consumer = house.consumer
    await house.joins(*EVENTS[:2], generation=1)
    house.begins(EVENTS[0], range(5), done)
    behind = sorted((lag.topic, lag.partition, lag.records) for lag in house.app.lags())
    assert behind == [("events", 0, 100), ("events", 1, 100)]
    await house.leaves()
    house.client.assigned = {TopicPartition("events", 2)}
    assert house.app.lags() == []


async def test_a_partition_that_is_lost_before_it_is_open_is_asked_for_anew() -> None:
    house = House()
    await house.joins(EVENTS[0], generation=1)
    await house.leaves()
    house.producer.failure = ProducerFenced()
    await house.joins(EVENTS[0], EVENTS[1], generation=2)
    assert house.client.rejoined
    assert house.app.crash_reason is None
    assert not house.consumer.holds(EVENTS[1])
    await house.leaves()
    await house.joins(EVENTS[0], EVENTS[1], generation=3)
    assert house.consumer.holds(EVENTS[1])
    await house.end()
