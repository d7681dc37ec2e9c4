"""What is committed: what is done, once, and never less than before."""

import pytest
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaTimeoutError
from faust.types import TP

from orchestrator.stream.commits import CommitLedger
from orchestrator.stream.flow import Limits, PartitionFlow
from orchestrator.stream.observer import Silent
from tests.unit.stream.kafka_client import FakeClient
from tests.unit.stream.samples import records


class Counting(Silent):
    def __init__(self) -> None:
        self.commits: list[bool] = []

    def on_commit(self, *, ok: bool, seconds: float) -> None:
        self.commits.append(ok)


class House:
    """A ledger and a flow that begins at 10."""

    def __init__(self) -> None:
        self.client, self.observer = FakeClient(), Counting()
        self.ledger = CommitLedger(self.client, self.observer)
        self.flow = PartitionFlow(TP("events", 0), Limits())
        self.flow.open_at(10)

    def work(self, end: int) -> None:
        self.flow.add(records(range(self.flow.done, end)))
        self.flow.take()
        self.flow.finish(end)

    async def commit(self) -> bool:
        return await self.ledger.commit([self.flow])

    def committed(self) -> list[int]:
        return [offsets[TopicPartition("events", 0)] for offsets in self.client.commits]


async def test_what_is_done_is_committed_once() -> None:
    house = House()
    assert not await house.commit()
    house.work(12)
    assert await house.commit()
    assert not await house.commit()
    house.work(15)
    assert await house.commit()
    assert house.committed() == [12, 15]
    assert house.observer.commits == [True, True]


@pytest.mark.parametrize("refusal", [CommitFailedError(), IllegalStateError(), KafkaTimeoutError()])
async def test_what_kafka_refused_is_committed_the_next_time(refusal: Exception) -> None:
    house = House()
    house.work(12)
    house.client.refusal = refusal
    assert not await house.commit()
    house.client.refusal = None
    assert await house.commit()
    assert house.committed() == [12]
    assert house.observer.commits == [False, True]


async def test_a_flow_that_is_not_open_yet_has_nothing_to_commit() -> None:
    house = House()
    house.flow = PartitionFlow(TP("events", 0), Limits())
    assert not await house.commit()
    assert house.client.commits == []


async def test_of_an_assignment_that_has_ended_nothing_is_committed_any_more() -> None:
    """Its owner of meanwhile may be further: the offset would go back."""
    house = House()
    house.work(12)
    house.flow.close()
    assert not await house.commit()
    assert house.client.commits == []


async def test_a_partition_that_comes_back_is_committed_from_where_it_begins_now() -> None:
    house = House()
    house.work(50)
    await house.commit()
    house.flow = PartitionFlow(TP("events", 0), Limits())
    house.flow.open_at(20)
    house.ledger.note({house.flow.tp: 20})
    house.work(30)
    assert await house.commit()
    assert house.committed() == [50, 30]


@pytest.mark.parametrize("refusal", [CommitFailedError(), KafkaTimeoutError()])
async def test_a_last_commit_that_is_refused_is_told_with_what_is_done_again(
    refusal: Exception,
) -> None:
    house = House()
    house.work(12)
    house.client.refusal = refusal
    with structlog.testing.capture_logs() as lines:
        await house.ledger.commit([house.flow], last=True)

    told = [line for line in lines if line["event"] == "last commit refused"]
    assert [(line["log_level"], line["partitions"], line["records"]) for line in told] == [
        ("warning", 1, 2)
    ]


async def test_a_commit_that_is_tried_again_is_no_warning_if_the_group_has_moved_on() -> None:
    house = House()
    house.work(12)
    house.client.refusal = CommitFailedError()
    with structlog.testing.capture_logs() as lines:
        await house.commit()

    assert [line["log_level"] for line in lines] == ["info"]
