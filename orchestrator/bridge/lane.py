"""The one active reader of one stream: Redis -> Kafka, acknowledged to Redis when Kafka has it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog

from orchestrator.bridge.backoff import Backoff
from orchestrator.bridge.connection import UNREACHABLE
from orchestrator.bridge.entries import Entry
from orchestrator.bridge.flood import FloodGate, FloodLimit
from orchestrator.bridge.forwarding import Forwarder
from orchestrator.bridge.gaps import Gaps
from orchestrator.bridge.health import LaneCounters, LaneHealth, LaneStatus
from orchestrator.bridge.observer import BridgeObserver
from orchestrator.bridge.outage import Outage
from orchestrator.bridge.pace import Pace
from orchestrator.bridge.pieces import Piece
from orchestrator.bridge.redis_stream import NoGroupError, RedisStream
from orchestrator.bridge.upkeep import Reclaiming, Upkeep
from orchestrator.bridge.watch import Watch
from orchestrator.clock import Clock
from orchestrator.errors import StreamError

log = structlog.get_logger(__name__)


class Lane:
    """Reads one stream in order for as long as it runs.

    What is pending under the lane's name, or was left by another consumer, comes first, from the
    oldest, then what is new. An entry is acknowledged to Redis only after Kafka has acknowledged
    what became of it; so a crash at any point repeats entries, under the same ids, and loses none.
    """

    def __init__(
        self,
        name: str,
        stream: RedisStream,
        forwarder: Forwarder,
        clock: Clock,
        counters: LaneCounters,
        flood_limit: FloodLimit,
        reclaiming: Reclaiming,
        observer: BridgeObserver,
    ) -> None:
        self._name = name
        self._stream = stream
        self._forwarder = forwarder
        self._clock = clock
        self._counters = counters
        self._observer = observer
        self._pace = Pace()
        self._backoff = Backoff()
        self._outage = Outage(name, self._monotonic)
        self._gate = FloodGate(name, flood_limit, self._monotonic)
        self._gaps = Gaps(name, counters, self._monotonic)
        self._watch = Watch()
        self._upkeep = Upkeep(
            name, stream, self._watch, self._gaps, counters, reclaiming, self._monotonic
        )
        self._status = LaneStatus.STARTING
        self._pending = 0
        self._oldest_ms: int | None = None
        self._last_read_at: datetime | None = None
        self._has_read = False
        self._stopping = asyncio.Event()
        self._waiting: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        """Read until stopped. Redis or Kafka being away is waited out; anything else is raised,
        above all Flooded.
        """
        try:
            while not self._stopping.is_set():
                await self._read_on()
        finally:
            self._status = LaneStatus.STOPPED
            await self._stream.close()

    def stop(self) -> None:
        """Ask for the end: what is in flight is finished, and nothing more is read.

        A lane that only waits (for entries, or for something to come back) is cancelled.
        """
        self._stopping.set()
        if self._waiting is not None:
            self._waiting.cancel()

    def health(self) -> LaneHealth:
        """The lane's state now."""
        gap = self._gaps.detail if self._status is not LaneStatus.STOPPED else ""
        return LaneHealth(
            stream=self._name,
            status=LaneStatus.DEGRADED if gap else self._status,
            detail=self._outage.detail or gap,
            pending=self._pending,
            oldest_pending_ms=self._oldest_ms,
            last_read_at=self._last_read_at,
            lag=self._upkeep.lag,
            gaps=self._counters.gaps,
            lacks=self._outage.of,
        )

    async def _read_on(self) -> None:
        try:
            await self._upkeep.look()
            await self._upkeep.reclaim()
            await self._drain()
            while not self._stopping.is_set():
                await self._follow()
        except NoGroupError:
            await self._begin_anew()
        except UNREACHABLE as error:
            await self._degraded("redis", error)

    async def _drain(self) -> None:
        """Pass on what is pending, until nothing is."""
        while not self._stopping.is_set():
            entries = await self._stream.read_pending(self._pace.count)
            self._pending = len(entries)
            if not entries:
                self._went_well()
                return
            await self._pass_on(entries)

    async def _follow(self) -> None:
        """Pass on what is new, unless there is something older pending: then that first."""
        with self._interruptible():
            entries, pending = await self._stream.read_new(self._pace.count)
        self._pending = pending.ours
        if pending.ours > len(entries):
            await self._drain()
        elif entries:
            await self._pass_on(entries)
        else:
            self._went_well()
        await self._upkeep.look_when_due()
        if await self._upkeep.reclaim_when_due(pending.foreign):
            await self._drain()

    async def _pass_on(self, entries: list[Entry]) -> None:
        self._note_read(entries)
        self._pace.learn(len(entries), sum(entry.size for entry in entries))
        self._watch.given([entry.id for entry in entries])
        await self._settle_vanished(entries)
        for piece in self._forwarder.pieces(entries):
            await self._send(piece)
            await self._acknowledge([each.entry_id for each in piece])
            self._gate.passed_on(piece)

    def _note_read(self, entries: list[Entry]) -> None:
        """An entry's id begins with the time at which Redis took it."""
        added = [int(entry.id.partition(b"-")[0]) for entry in entries]
        self._observer.on_read(self._name, added)
        self._last_read_at, self._oldest_ms = self._clock.now(), added[0]
        self._counters.read += len(entries)

    async def _send(self, piece: Piece) -> None:
        """Have Kafka take the piece, however long that lasts."""
        while True:
            try:
                return await self._forwarder.send(piece)
            except StreamError as error:
                await self._degraded("kafka", error)

    async def _settle_vanished(self, entries: list[Entry]) -> None:
        """Acknowledge what was deleted while it was pending: there is nothing left to pass on."""
        vanished = [entry.id for entry in entries if entry.fields is None]
        if vanished:
            self._gaps.deleted_while_pending(vanished)
            await self._acknowledge(vanished)

    async def _acknowledge(self, ids: list[bytes]) -> None:
        await self._stream.acknowledge(ids)
        self._counters.acknowledged += len(ids)
        self._pending -= len(ids)
        if self._pending <= 0:
            self._oldest_ms = None
        self._went_well()

    async def _begin_anew(self) -> None:
        """Make the group: on the very first start, or when it has gone with the stream."""
        try:
            await self._stream.create_group()
        except UNREACHABLE as error:
            await self._degraded("redis", error)
            return
        self._watch.forget()
        if self._has_read:
            self._gaps.group_gone()
        else:
            log.info("consumer group made", stream=self._name)
        await self._pause()

    async def _degraded(self, of: str, error: Exception) -> None:
        self._status = LaneStatus.DEGRADED
        self._outage.begin(of, error)
        await self._pause()

    def _went_well(self) -> None:
        """A whole round is done: only that ends an outage, or half a one would look like health."""
        self._status = LaneStatus.READING
        self._has_read = True
        self._outage.over()
        self._backoff.reset()

    async def _pause(self) -> None:
        with self._interruptible():
            await asyncio.sleep(self._backoff.next_s())

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Around a wait that stop() may cut short. Raises CancelledError if it has been called."""
        if self._stopping.is_set():
            raise asyncio.CancelledError
        self._waiting = asyncio.current_task()
        try:
            yield
        finally:
            self._waiting = None

    @staticmethod
    def _monotonic() -> float:
        return asyncio.get_running_loop().time()
