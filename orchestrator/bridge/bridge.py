"""The bridge: the lanes of this worker, started and stopped as Kafka assigns them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NoReturn

import structlog

from orchestrator.bridge.address import address_of
from orchestrator.bridge.connection import NO_FILES, connect
from orchestrator.bridge.entries import Translator
from orchestrator.bridge.flood import FloodLimit
from orchestrator.bridge.forwarding import Forwarder
from orchestrator.bridge.health import LaneCounters, LaneHealth, LaneSnapshot
from orchestrator.bridge.lane import Lane
from orchestrator.bridge.observer import BridgeObserver, Silent
from orchestrator.bridge.redis_stream import RedisStream
from orchestrator.bridge.traces import Traces
from orchestrator.bridge.upkeep import Reclaiming
from orchestrator.clock import Clock
from orchestrator.dialects.reading import LIMITS, Limits
from orchestrator.stream.records import Sender
from orchestrator.tls import TlsFiles

log = structlog.get_logger(__name__)

REMEMBERED_IDS = 64
"""How many event ids a learner's state remembers (domain.md, 2): what a crash may let happen
twice of one learner, over all streams."""

FLOOD_LIMIT = FloodLimit()
RECLAIMING = Reclaiming()
STOP_WITHIN_S = 5.0


class Bridge:
    """Owns the lanes. `streams`: all input streams, in the order of the lanes topic's partitions.

    Which of them run here is told from outside; this class only starts and stops by index. All
    methods are called in the event loop in which the lanes run. Raises ValueError, a sentence, on a
    `redis_url` that is none of bridge/address.py.
    """

    def __init__(
        self,
        *,
        redis_url: str,
        redis_tls: TlsFiles = NO_FILES,
        streams: Sequence[str],
        sender: Sender,
        clock: Clock,
        default_tenant: str | None = None,
        limits: Limits = LIMITS,
        flood_limit: FloodLimit = FLOOD_LIMIT,
        reclaiming: Reclaiming = RECLAIMING,
        stop_within_s: float = STOP_WITHIN_S,
        observer: BridgeObserver | None = None,
        traces: Callable[[str], Traces] | None = None,
    ) -> None:
        """`traces`: whoever traces the entries of a stream; None, nobody."""
        address_of(redis_url)
        self._redis_url, self._redis_tls = redis_url, redis_tls
        self._streams = tuple(streams)
        self._sender = sender
        self._clock = clock
        self._default_tenant = default_tenant
        self._limits = limits
        self._flood_limit = flood_limit
        self._reclaiming = reclaiming
        self._stop_within_s = stop_within_s
        self._observer = observer or Silent()
        self._traces = traces
        self._counters = tuple(LaneCounters() for _ in self._streams)
        self._turns = tuple(asyncio.Lock() for _ in self._streams)
        self._running: dict[int, tuple[Lane, asyncio.Task[None]]] = {}
        self._failed = asyncio.Event()
        self._failure: BaseException | None = None

    async def start_lane(self, index: int) -> None:
        """Begin to read stream `index`; nothing if it is being read. Redis need not be there.

        While the lane is being stopped, waits for the end of that: never two readers.
        """
        async with self._turns[index]:
            if index in self._running:
                return
            lane = self._lane(index)
            task = asyncio.create_task(lane.run(), name=f"lane {self._streams[index]}")
            task.add_done_callback(self._ended)
            self._running[index] = lane, task

    async def stop_lane(self, index: int) -> None:
        """Stop reading stream `index`; nothing if it is not being read.

        The batch in flight is finished if that takes at most `stop_within_s`; else it is left
        pending in Redis, where the next owner finds it.
        """
        async with self._turns[index]:
            if index in self._running:
                await self._stop(index)
                del self._running[index]

    async def stop(self) -> None:
        """Stop all lanes, side by side."""
        await asyncio.gather(*(self.stop_lane(index) for index in tuple(self._running)))

    async def failure(self) -> NoReturn:
        """Wait for a lane to die, of a flood (Flooded) or something it does not know; raise that.

        To be awaited by whoever must stop the worker then: a lane that is dead and looks idle
        would be the worst of all.
        """
        await self._failed.wait()
        raise self._failure or RuntimeError("a lane failed")

    def health(self) -> tuple[LaneHealth, ...]:
        """The lanes' states, in the order of the streams; those read elsewhere are `stopped`."""
        return tuple(self._health(index) for index in range(len(self._streams)))

    def snapshot(self) -> tuple[LaneSnapshot, ...]:
        """States and counts of all lanes, in the order of the streams."""
        return tuple(
            LaneSnapshot(health=health, counts=counters.snapshot())
            for health, counters in zip(self.health(), self._counters, strict=True)
        )

    async def _stop(self, index: int) -> None:
        lane, task = self._running[index]
        lane.stop()
        _, late = await asyncio.wait({task}, timeout=self._stop_within_s)
        if late:
            log.warning("lane abandoned its batch", stream=self._streams[index])
            task.cancel()
            await asyncio.wait({task})

    def _health(self, index: int) -> LaneHealth:
        if index in self._running:
            return self._running[index][0].health()
        return LaneHealth(stream=self._streams[index], gaps=self._counters[index].gaps)

    def _lane(self, index: int) -> Lane:
        name, counters = self._streams[index], self._counters[index]
        translator = Translator(name, default_tenant=self._default_tenant, limits=self._limits)
        learner_limit = max(1, REMEMBERED_IDS // len(self._streams))
        traces = self._traces(name) if self._traces is not None else None
        forwarder = Forwarder(
            translator, self._sender, self._clock, counters, learner_limit, traces
        )
        stream = RedisStream(connect(self._redis_url, self._redis_tls), name)
        return Lane(
            name,
            stream,
            forwarder,
            self._clock,
            counters,
            self._flood_limit,
            self._reclaiming,
            self._observer,
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("lane died", lane=task.get_name(), exc_info=error)
        self._failure = error
        self._failed.set()
