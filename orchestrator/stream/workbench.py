"""Batches on their way: handed to Faust, worked on, and followed by the next of their partition."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from faust.types import TP, Message

from orchestrator.errors import OwnershipLost
from orchestrator.stream.batch import Batch, Handler
from orchestrator.stream.flow import PartitionFlow

log = structlog.stdlib.get_logger(__name__)

DRAIN_S = 4.0
"""How long work under way may go on after its partition is revoked or the app stops."""


class Workbench:
    """The flows say how many batches of a partition may be out; they begin in its order."""

    def __init__(
        self,
        hand_over: Callable[[Message], Awaitable[None]],
        fail: Callable[[BaseException], Awaitable[None]],
    ) -> None:
        """`hand_over` takes a batch to its agent's stream; `fail` stops the worker."""
        self._hand_over = hand_over
        self._fail = fail
        self._working: dict[asyncio.Task[None], TP] = {}
        self._delivering: set[asyncio.Task[None]] = set()

    def deliver(self, flow: PartitionFlow, generation: int) -> bool:
        """Hand out the flow's next batch; False if there is none, or enough are out."""
        records = flow.take()
        if records is None:
            return False
        task = asyncio.create_task(self._deliver(Batch(flow, records, generation, headers=[])))
        self._delivering.add(task)
        task.add_done_callback(self._delivering.discard)
        return True

    async def _deliver(self, batch: Batch) -> None:
        try:
            await self._hand_over(batch)
        except Exception as error:  # noqa: BLE001 - its partition would stand still for ever
            await self._fail(error)

    def work(self, batch: Batch, handle: Handler, on_move: Callable[[PartitionFlow], None]) -> None:
        """Begin a batch that has come through Faust's stream, unless its assignment has ended.

        `on_move` is called with the flow when it may have more to hand out: now, and at its end.
        """
        if batch.flow.closed:
            return
        batch.flow.arrive(batch.next_offset)
        task = asyncio.create_task(self._work(batch, handle, on_move))
        self._working[task] = batch.flow.tp
        task.add_done_callback(self._working.pop)
        on_move(batch.flow)

    async def _work(
        self, batch: Batch, handle: Handler, on_move: Callable[[PartitionFlow], None]
    ) -> None:
        try:
            await handle(batch)
        except OwnershipLost:
            return  # the partition went while the batch waited to begin: it is read again there
        except Exception as error:  # noqa: BLE001 - failed work is never acknowledged
            log.error(  # noqa: TRY400 - whoever stops the worker writes the traceback
                "batch failed",
                topic=batch.flow.tp.topic,
                partition=batch.flow.tp.partition,
                first_offset=batch.records[0].offset,
                last_offset=batch.offset,
                error=type(error).__name__,
            )
            await self._fail(error)
            return
        if batch.flow.finish(batch.next_offset):
            on_move(batch.flow)

    async def settled(self, tp: TP, within_s: float) -> bool:
        """Wait for the work under way on a partition, not for what comes next; False: in vain."""
        work = {task for task, its in self._working.items() if its == tp}
        if not work:
            return True
        _, late = await asyncio.wait(work, timeout=within_s)
        return not late

    async def drain(self) -> None:
        """Wait for the work under way, DRAIN_S at most; what is late is cancelled."""
        if not self._working:
            return
        _, late = await asyncio.wait(set(self._working), timeout=DRAIN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def take_back(self) -> None:
        """What no agent has begun is not handed over any more."""
        for task in self._delivering:
            task.cancel()

    @property
    def is_empty(self) -> bool:
        """Nothing is being worked on."""
        return not self._working
