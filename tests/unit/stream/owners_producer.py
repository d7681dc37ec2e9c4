"""A producer of partitions' owners, in memory, and an owner that is told."""

import asyncio

from faust.types import TP

from orchestrator.stream.records import Record
from orchestrator.stream.writing import ByTopic


class FakeProducer:
    """Takes what comes; a failure that is set is raised once, by whatever is asked next."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.taken_over: list[int] = []
        self.written: list[tuple[int, dict[str, list[Record]]]] = []
        self.stopped = False

    async def start(self) -> None:
        self._fail()

    async def stop(self) -> None:
        self.stopped = True
        self._fail()

    async def take_over(self, number: int) -> None:
        self._fail()
        self.taken_over.append(number)

    async def write(self, number: int, by_topic: ByTopic) -> None:
        await asyncio.sleep(0)
        self._fail()
        self.written.append((number, {topic: list(each) for topic, each in by_topic.items()}))

    def _fail(self) -> None:
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure


class Member:
    """The owner that is told."""

    def __init__(self) -> None:
        self.lost_partitions: list[int] = []

    def committed(self, tp: TP, next_offset: int) -> None:
        raise AssertionError("the group commits")

    def lost(self, partition: int, _reason: BaseException) -> None:
        self.lost_partitions.append(partition)
