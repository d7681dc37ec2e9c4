"""The commit ledger: how far each partition is done, told to Kafka, and never further."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faust.types import TP

from orchestrator.stream.flow import PartitionFlow
from orchestrator.stream.observer import StreamObserver

logger = logging.getLogger(__name__)


class CommitLedger:
    """Commits what flows say is done. One commit at a time."""

    def __init__(self, client: AIOKafkaConsumer, observer: StreamObserver) -> None:
        self._client = client
        self._observer = observer
        self._committed: dict[TP, int] = {}
        self._lock = asyncio.Lock()

    def note(self, starts: Mapping[TP, int]) -> None:
        """Kafka has these: partitions taken over begin there, transactions brought them along."""
        self._committed.update(starts)

    async def commit(self, flows: Iterable[PartitionFlow]) -> bool:
        """Commit what is new. False if nothing is, or if Kafka refused.

        A refusal is no fault: the partition is read again from its last commit by whoever owns it
        next, or the next round tries once more.
        """
        async with self._lock:
            done = {flow.tp: flow.done for flow in flows if self._is_new(flow)}
            if not done:
                return False
            began = asyncio.get_running_loop().time()
            ok = await self._send(done)
            seconds = asyncio.get_running_loop().time() - began
            self._observer.on_commit(ok=ok, seconds=seconds)
            if ok:
                self._committed.update(done)
            return ok

    def _is_new(self, flow: PartitionFlow) -> bool:
        """A closed flow's partition may have had another owner since, who got further."""
        if flow.closed or not flow.ready:
            return False
        return flow.done > self._committed.get(flow.tp, flow.start)

    async def _send(self, done: Mapping[TP, int]) -> bool:
        try:
            await self._client.commit({TopicPartition(*tp): offset for tp, offset in done.items()})
        except (CommitFailedError, IllegalStateError) as error:
            logger.info("offsets not committed, the group has moved on: %r", error)
            return False
        except KafkaError as error:
            logger.warning("offsets not committed, trying again: %r", error)
            return False
        return True
