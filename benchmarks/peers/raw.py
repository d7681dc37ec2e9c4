"""The raw limit: a consumer, a dict and a producer, with no framework around them.

No rebalance, no restoring, no fencing: it keeps no promise across a crash. While Kafka takes what a
round has come to, the next round is worked on.
"""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.house import run
from benchmarks.peers.milestones import Milestones
from benchmarks.peers.task import Task, task_of_command_line
from benchmarks.peers.typed_kernel import Learner, encode_learner, fold
from orchestrator.stream.app import MAX_BATCH_BYTES
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.records import RawRecord, Record

COMMIT_EVERY_S = 0.25
NEW = Learner()


class Raw:
    """Everything in one loop."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._milestones = Milestones(task.total)
        self._learners: dict[bytes, Learner] = {}
        self._done: dict[TopicPartition, int] = {}
        self._committed_at = time.monotonic()

    async def run(self) -> None:
        """Until all events are worked on, acknowledged and committed."""
        servers = {"bootstrap_servers": self._task.bootstrap}
        consumer = AIOKafkaConsumer(
            self._task.events,
            **servers,
            group_id=self._task.name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        producer = AIOKafkaProducer(
            **servers, acks="all", enable_idempotence=True, max_batch_size=MAX_BATCH_BYTES
        )
        async with producer, consumer:
            await self._rounds(consumer, producer)

    async def _rounds(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        written = asyncio.create_task(asyncio.sleep(0))
        over = False
        while not over:
            found = await consumer.getmany(timeout_ms=1_000)
            positions = {tp: records[-1].offset + 1 for tp, records in found.items()}
            writing = [await self._work(producer, tp.partition, r) for tp, r in found.items()]
            over = self._milestones.add(sum(map(len, found.values())))
            await written
            futures = [future for some in writing for future in some]
            written = asyncio.create_task(self._written(consumer, futures, positions, over))
        await written

    async def _work(
        self, producer: AIOKafkaProducer, partition: int, records: list[RawRecord]
    ) -> list[asyncio.Future[None]]:
        self._milestones.begin()
        changed, actions = fold(records, lambda key: self._learners.get(key, NEW))
        self._learners |= changed
        states = [Record(key, encode_learner(state)) for key, state in changed.items()]
        return [
            *await enqueue(producer, self._task.actions, partition, actions),
            *await enqueue(producer, self._task.changelog, partition, states),
        ]

    async def _written(
        self,
        consumer: AIOKafkaConsumer,
        futures: list[asyncio.Future[None]],
        positions: dict[TopicPartition, int],
        over: bool,
    ) -> None:
        await acknowledged(futures)
        self._done |= positions
        if over or time.monotonic() >= self._committed_at + COMMIT_EVERY_S:
            self._committed_at = time.monotonic()
            await consumer.commit(self._done)


if __name__ == "__main__":
    run(Raw(task_of_command_line()).run())
