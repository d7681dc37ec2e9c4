"""The commit ledger: how far each partition is done, told to Kafka, and never further."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faust.types import TP

from orchestrator.stream.flow import PartitionFlow
from orchestrator.stream.observer import StreamObserver

log = structlog.stdlib.get_logger(__name__)


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

    async def commit(self, flows: Collection[PartitionFlow], *, last: bool = False) -> bool:
        """Commit what is new. False if nothing is, or if Kafka refused.

        A refusal is no fault: the partition is read again from its last commit by whoever owns it
        next, or the next round tries once more. `last`: there is no next round, for the partitions
        go; in an orderly farewell Kafka takes it.
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
            elif last:
                self._tell_refused(flows, done)
            return ok

    def _tell_refused(self, flows: Collection[PartitionFlow], done: Mapping[TP, int]) -> None:
        starts = {flow.tp: flow.start for flow in flows}
        behind = [at - self._committed.get(tp, starts[tp]) for tp, at in done.items()]
        log.warning(
            "last commit refused",
            partitions=len(done),
            records=sum(behind),
            means="their next owner works on these once more, to the same end; nothing is lost",
        )

    def _is_new(self, flow: PartitionFlow) -> bool:
        """A closed flow's partition may have had another owner since, who got further."""
        if flow.closed or not flow.ready:
            return False
        return flow.done > self._committed.get(flow.tp, flow.start)

    async def _send(self, done: Mapping[TP, int]) -> bool:
        try:
            await self._client.commit({TopicPartition(*tp): offset for tp, offset in done.items()})
        except (CommitFailedError, IllegalStateError) as error:
            log.info("offsets not committed, the group has moved on", error=repr(error))
            return False
        except KafkaError as error:
            log.warning("offsets not committed", error=repr(error))
            return False
        return True
