"""The delivery desk of one service: every action taken on is seen through, or waits durably.

Lanes run side by side; in a lane only the head is attempted, the rest stands behind it. What does
not arrive at its first chance is parked: its row is in Kafka, its source offset moves on, and it is
attempted again when it is due, SEL interventions before all else.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from orchestrator.clock import Clock
from orchestrator.core.actions import URGENT, Action, ActionType, Outcome, decode_action
from orchestrator.delivery.arrivals import Arrival, accepted
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.books import Books, Store
from orchestrator.delivery.lanes import Agenda, Lane
from orchestrator.delivery.rows import Waiting
from orchestrator.delivery.settling import Again, Ended, expired
from orchestrator.delivery.waits import all_ended, all_rested, either
from orchestrator.errors import OwnershipLost

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.5

HELD_BACK = Again(0.0, "the breaker is open")


class DeskLimits(Struct, frozen=True):
    """How much at a time, and how long.

    `in_flight`: attempts under way, over all partitions. `parked`: waiting actions of one partition
    above which it takes no more, urgent ones and others apart: each takes 4 KB of memory here, and
    none in its topic.
    `first_chance`: seconds that a batch waits for its actions; what is still under way then waits
    in its row. `grace`: seconds that an attempt may go on after its partition was called back.
    """

    in_flight: int = 32
    parked: int = 2_000
    first_chance: float = 1.0
    grace: float = 1.0


class Desk:
    """See the module. `open` and `close` follow the partitions' ownership, `run` is the engine."""

    def __init__(
        self, attempts: Attempts, store: Store, *, clock: Clock, limits: DeskLimits | None = None
    ) -> None:
        self._attempts = attempts
        self._store = store
        self._clock = clock
        self._limits = limits or DeskLimits()
        self._slots = asyncio.Semaphore(self._limits.in_flight)
        self._books: dict[int, Books] = {}
        self._lanes: dict[tuple[int, bytes, ActionType], Lane] = {}
        self._agenda = Agenda()
        self._standing: Counter[tuple[int, bool]] = Counter()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Actions that have not ended, of all partitions here."""
        return self._standing.total()

    # -- ownership

    async def open(self, partition: int) -> None:
        """The partition is ours and its rows are restored: go on with what waits there."""
        books = Books(self._attempts.service, partition, self._store)
        self._books[partition] = books
        for key, waiting in await books.open():
            self._line_up(partition, key, waiting, decode_action(waiting.raw))

    async def close(self, partition: int) -> None:
        """The partition goes: attempts that do not end soon are broken off, ends written down."""
        books = self._books.pop(partition, None)
        lanes = [lane for lane in self._lanes.values() if lane.partition == partition]
        for lane in lanes:
            self._remove(lane)
        self._agenda.drop_gone()
        self._room.set()
        tasks = [lane.busy for lane in lanes if lane.busy is not None]
        await all_ended(tasks, self._limits.grace)
        for urgent in (True, False):
            self._standing.pop((partition, urgent), None)
        if books is not None:
            await _unless_lost(books.close())

    # -- taking on

    async def take(self, partition: int, arrivals: Sequence[Arrival]) -> None:
        """Return when each arrival has its outcome or waits durably. Raises OwnershipLost.

        `arrivals`: of one topic, in its order. An action that came before (a batch read again, a
        decision made again) changes nothing; one that was refused and is replayed is tried again.
        """
        books = await self._books_with_room(partition, arrivals)
        lanes = set()
        for arrival in arrivals:
            if (waiting := accepted(books, arrival)) is not None:
                books.add(arrival.key, waiting)
                lanes.add(self._line_up(partition, arrival.key, waiting, arrival.action))
        if self._attempts.breaker.is_open:
            for lane in lanes:
                lane.park()
        else:
            await all_rested(lanes, self._limits.first_chance)
        for lane in lanes:
            for waiting, _ in lane.line:
                books.save(lane.key, waiting)
        await books.flush()

    async def _books_with_room(self, partition: int, arrivals: Sequence[Arrival]) -> Books:
        books = self._books.get(partition)
        urgent = any(arrival.action.type in URGENT for arrival in arrivals)
        while books is not None and self._standing[partition, urgent] > self._limits.parked:
            self._room.clear()
            await self._room.wait()
            if self._books.get(partition) is not books:
                books = None
        if books is None:
            raise OwnershipLost(f"partition {partition} is not at this desk")
        return books

    # -- the engine

    async def run(self) -> None:
        """Attempt whatever is due, for ever. Raises what writing to Kafka raises."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._slots.acquire()
                lane = await self._next()
                lane.busy = tasks.create_task(self._work(lane, tasks))
                lane.busy.add_done_callback(partial(self._worked, lane))

    async def _next(self) -> Lane:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            held_back = self._attempts.breaker.probe_in
            if not held_back and (lane := self._pop(loop.time())) is not None:
                return lane
            due = self._agenda.next_due()
            wait = LOOK_AGAIN_S if due is None else max(held_back, due - loop.time())
            await either(self._wake, min(LOOK_AGAIN_S, wait))

    def _pop(self, now: float) -> Lane | None:
        if self._attempts.breaker.is_open:
            self._agenda.hasten(now)
        return self._agenda.pop(now)

    async def _work(self, lane: Lane, tasks: asyncio.TaskGroup) -> None:
        """Attempt the lane's actions one after the other until it is empty or one must wait."""
        if lane.gone:  # its partition was closed before this began
            return
        books = self._books[lane.partition]
        again = await self._advance(lane, books)
        if again is None or lane.gone:
            self._remove(lane)
        else:
            lane.asked = again.asked
            lane.rested.set()
            self._agenda.add(lane, asyncio.get_running_loop().time() + again.seconds)
        # A task of its own: closing the partition breaks off attempts, never a write.
        tasks.create_task(_unless_lost(books.flush()))

    def _worked(self, lane: Lane, _: object) -> None:
        """However an attempt ended, its place is free; a task that never began runs this too."""
        lane.busy = None
        self._slots.release()
        self._room.set()
        self._wake.set()

    async def _advance(self, lane: Lane, books: Books) -> Again | None:
        """When the lane's head is to be looked at again, None when the lane is empty."""
        while lane.line and not lane.gone:
            waiting, action = lane.line[0]
            step: Ended | Again | None = self._unattempted_end(lane, books)
            if step is None:
                step = await self._attempt(lane, books, waiting, action)
            if isinstance(step, Again):
                return step
            lane.line.popleft()
            self._standing[lane.partition, lane.kind in URGENT] -= 1
            books.end(lane.key, waiting, action, step)
            self._attempts.observer.on_ended(self._attempts.service, action, step)
        return None

    async def _attempt(
        self, lane: Lane, books: Books, waiting: Waiting, action: Action
    ) -> Ended | Again:
        permit = self._attempts.breaker.permit()
        if permit is None:
            return HELD_BACK
        step = await self._attempts.attempt(action, waiting.attempts + 1, permit)
        waiting.attempts += 1
        if isinstance(step, Again):
            waiting.parked = True
            waiting.said = step.detail
            books.save(lane.key, waiting)
        return step

    def _unattempted_end(self, lane: Lane, books: Books) -> Ended | None:
        """The end of a head that need not be attempted any more."""
        waiting, action = lane.line[0]
        now = self._clock.now()
        if waiting.parked and lane.is_superseded:
            return Ended(Outcome.SUPERSEDED, now, waiting.attempts, detail="a newer one waits too")
        if books.is_overtaken(lane.key, waiting, action):
            return Ended(Outcome.SUPERSEDED, now, waiting.attempts, detail="a newer one arrived")
        return expired(action, now, waiting.attempts, waiting.said)

    # -- lanes

    def _line_up(self, partition: int, key: bytes, waiting: Waiting, action: Action) -> Lane:
        """Put an action at the end of its lane, and the lane on the agenda if it was empty."""
        name = (partition, key, action.type)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(partition, key, action.type)
            self._agenda.add(lane, asyncio.get_running_loop().time())
            self._wake.set()
        lane.line.append((waiting, action))
        self._standing[partition, action.type in URGENT] += 1
        return lane

    def _remove(self, lane: Lane) -> None:
        lane.gone = True
        lane.rested.set()
        self._lanes.pop((lane.partition, lane.key, lane.kind), None)


async def _unless_lost(writing: Coroutine[Any, Any, None]) -> None:
    """Whoever has lost a partition writes nothing more of it: its next owner goes on with it."""
    try:
        await writing
    except OwnershipLost as error:
        logger.info("what was under way is left to the next owner: %s", error)
