"""The fetch loop: asks Kafka for whatever the flows want, and parks while a rebalance lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError, OffsetOutOfRangeError
from faust.types import TP

from orchestrator.errors import OffsetExpired
from orchestrator.stream.flow import PartitionFlow
from orchestrator.stream.own_writes import Written
from orchestrator.stream.starts import forget_offsets

POLL_MS = 1_000
PASS_EVERY_S = 1.0


TakeOwn = Callable[[TopicPartition, Written], bool]


def take_nothing(_tp: TopicPartition, _written: Written) -> bool:
    """All is fetched."""
    return False


class FetchLoop:
    """Moves records from the Kafka client into the flows.

    Contract: `park` returns only when no fetch is under way, and nothing fetched before it is
    handed out after it. A fetch that spanned a rebalance would either lose records of the new
    assignment or bring back those of the old one. Cancelling is safe: the client gives records
    away and returns in one step of the event loop.
    """

    def __init__(
        self,
        client: AIOKafkaConsumer,
        flows: Callable[[], Iterable[PartitionFlow]],
        deliver: Callable[[PartitionFlow], None],
        fail: Callable[[BaseException], Awaitable[None]],
        take_own: TakeOwn = take_nothing,
    ) -> None:
        """`take_own` has the client pass over what was written here, if it would come next."""
        self._client = client
        self._flows = flows
        self._deliver = deliver
        self._fail = fail
        self._take_own = take_own
        self._changed = asyncio.Event()
        self._passed_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, or go on after park()."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="fetch loop")

    async def park(self) -> None:
        """Stop fetching; may wait for one step of the event loop, not for Kafka."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def wake(self) -> None:
        """A flow wants records again: ask for it now, not when the present poll ends."""
        self._changed.set()

    def take_own(self, flow: PartitionFlow, written: Written) -> None:
        """Give the flow what was written here, if that is what it would be given next.

        Where it is not, or the flow has enough, it is fetched in its turn, as what others write.
        """
        if self._task is None or not flow.wants_more:
            return
        if self._take_own(TopicPartition(*flow.tp), written):
            flow.add(written.as_read())
            self.offer(flow)

    async def _run(self) -> None:
        try:
            while True:
                await self._round()
        except ConsumerStoppedError:
            pass  # the client is closing, nobody waits for more records
        except OffsetOutOfRangeError as error:
            await self._fail(_expired(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker must not run deaf
            await self._fail(error)

    async def _round(self) -> None:
        self._changed.clear()
        wanted = {TopicPartition(*flow.tp): flow for flow in self._flows() if flow.wants_more}
        if not wanted:
            await self._changed.wait()
            return
        await self._fetch(wanted)
        await self._pass_markers(wanted)

    def offer(self, flow: PartitionFlow) -> None:
        """Have what waits in the flow handed out, now or when its pace says so."""
        if not flow.pace.gather_s or flow.has_whole_batch:
            self._deliver(flow)
        elif flow.pending and not flow.gathering:
            flow.gathering = True
            asyncio.get_running_loop().call_later(flow.pace.gather_s, self._gathered, flow)

    def _gathered(self, flow: PartitionFlow) -> None:
        flow.gathering = False
        self._deliver(flow)

    async def _pass_markers(self, wanted: Mapping[TopicPartition, PartitionFlow]) -> None:
        """Transactions end in markers that take offsets, and nobody is ever given them."""
        now = asyncio.get_running_loop().time()
        if now < self._passed_at + PASS_EVERY_S:
            return
        self._passed_at = now
        for tp, flow in wanted.items():
            flow.pass_to(await self._client.position(tp))

    async def _take(self, wanted: Mapping[TopicPartition, PartitionFlow]) -> None:
        # The client gives records away and they are the flow's in one step of the event loop: what
        # was written here is never between the two.
        found = await self._client.getmany(*wanted, timeout_ms=POLL_MS)
        if self._task is None:  # parked in this very step; they are read again
            return
        for tp, records in found.items():
            wanted[tp].add(records)
            self.offer(wanted[tp])

    async def _fetch(self, wanted: Mapping[TopicPartition, PartitionFlow]) -> None:
        fetch = asyncio.ensure_future(self._take(wanted))
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({fetch, changed}, return_when=asyncio.FIRST_COMPLETED)
            if fetch.done():
                await fetch
        finally:
            fetch.cancel()
            changed.cancel()


def _expired(error: OffsetOutOfRangeError) -> OffsetExpired:
    gone: Mapping[TopicPartition, int] = error.args[0]
    return OffsetExpired(
        f"Kafka no longer has the next offsets of {gone}: they were deleted before they were "
        "read. Restore the topic from a copy; or, to accept the loss and begin with what is left, "
        "stop all workers and forget the group's offset: "
        f"{forget_offsets(TP(*tp) for tp in gone)}"
    )
