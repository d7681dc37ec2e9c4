"""A producer for the owner of partitions: each number's records under the epoch of its owner.

The client knows one producer id for all that it sends; a batch has its own, so that one connection
and one request serve all numbers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator, MessageBatch
from aiokafka.producer.transaction_manager import TransactionManager

from orchestrator.stream.fence import Epoch, Fence
from orchestrator.stream.own_writes import OnWritten
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.writing import ByTopic

MARK_EVERY_S = 24 * 60 * 60.0
"""Kafka forgets a transactional id after a week without a transaction, and with it whom to fence
(transactional.id.expiration.ms)."""


class EpochProducer(AIOKafkaProducer):
    """Writes what the owner of partition numbers has to say; idempotent, as its settings say."""

    def __init__(
        self,
        application: str,
        topics: Sequence[str],
        *,
        on_written: OnWritten,
        max_batch_size: int,
        **settings: Any,
    ) -> None:
        """`topics`: those that a former owner must not write to. Kafka's settings follow."""
        super().__init__(**settings, max_batch_size=max_batch_size)
        self._numbers = _Numbers(
            self._metadata, max_batch_size, 0, self._request_timeout_ms / 1000, loop=self._loop
        )
        self._message_accumulator = self._sender._message_accumulator = self._numbers  # noqa: SLF001
        timeout_s = settings["transaction_timeout_ms"] / 1000
        self._fence = Fence(self.client, application, topics, timeout_s)
        self._marked_at: dict[int, float] = {}
        self._on_written = on_written

    async def take_over(self, number: int) -> None:
        """When it returns, former owners write no more, and this producer writes in their place."""
        self._numbers.stamp(number, await self._fence.put_up(number))
        self._marked_at[number] = self._loop.time()

    async def write(self, number: int, by_topic: ByTopic) -> None:
        """Return when Kafka has all records, in the partition of this number of each topic.

        Raises one of FENCED if the number has another owner by now, and KafkaError, which leaves
        open what was written. Contract: the number has been taken over.
        """
        if self._loop.time() - self._marked_at[number] > MARK_EVERY_S:
            self._marked_at[number] = self._loop.time()
            await self._fence.mark(number, self._numbers.epoch(number))
        futures: list[asyncio.Future[Any]] = []
        for topic, records in by_topic.items():
            futures += await enqueue(self, topic, number, records, self._on_written)
        await acknowledged(futures)


class _Numbers(MessageAccumulator):
    """The client's batches that wait to be sent, each under the epoch of when it was given.

    Not of when it is sent: what a lost ownership has left behind is not to be sent under the next.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._stamps: dict[int, TransactionManager] = {}

    def stamp(self, number: int, epoch: Epoch) -> None:
        stamp = TransactionManager(None, 0)
        stamp.set_pid_and_epoch(*epoch)
        self._stamps[number] = stamp

    def epoch(self, number: int) -> Epoch:
        stamp = self._stamps[number]
        return Epoch(stamp.producer_id, stamp.producer_epoch)

    def _append_batch(self, builder: BatchBuilder, tp: TopicPartition) -> MessageBatch:
        batch = super()._append_batch(builder, tp)
        batch.stamp = self._stamps[tp.partition]
        return batch

    def _pop_batch(self, tp: TopicPartition) -> MessageBatch:
        self._txn_manager = self._batches[tp][0].stamp
        return super()._pop_batch(tp)
