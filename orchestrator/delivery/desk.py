"""The delivery desk of one service: every action taken on is seen through, or waits durably.

Lanes run side by side; in a lane only the head is attempted, the rest stands behind it. What does
not arrive at its first chance is parked: its row is in Kafka, its source offset moves on, and it is
attempted again when it is due, SEL interventions before all else. What expires ends there and then,
even while nothing may be attempted.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from orchestrator.clock import Clock
from orchestrator.core.actions import SERVICE_OF, Action, decode_action
from orchestrator.delivery.arrivals import Arrival, ErasureArrival, accepted, is_urgent
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.books import Books, Store
from orchestrator.delivery.breaker import Breaker
from orchestrator.delivery.endings import Endings
from orchestrator.delivery.lanes import Lane
from orchestrator.delivery.queues import Queues
from orchestrator.delivery.refused import REFUSED
from orchestrator.delivery.rows import Waiting
from orchestrator.delivery.settling import Again, Ended
from orchestrator.delivery.standing import Standing
from orchestrator.delivery.waits import all_ended, all_rested, either
from orchestrator.errors import OwnershipLost

logger = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.5
LOOK_SOON_S = 0.05

HELD_BACK = Again(0.0, "the breaker is open")
"""Looked at again as soon as the breaker lets a probe through."""

UNSURE = Again(LOOK_AGAIN_S, "its partition may be another worker's")


class DeskLimits(Struct, frozen=True):
    """How much at a time, and how long.

    `in_flight`: attempts under way, over all partitions. `parked`: waiting actions of one partition
    above which it takes no more, urgent ones and others apart: each takes 4 KB of memory here, and
    none in its topic.
    `first_chance`: seconds that a batch waits for its actions; what is still under way then waits
    in its row. `grace`: seconds that an attempt may go on after its partition was called back.
    `expired`: actions that end at one look because their time is over; others get their turn
    before the next.
    """

    in_flight: int = 32
    parked: int = 2_000
    first_chance: float = 1.0
    grace: float = 1.0
    expired: int = 500


class Desk:
    """See the module. `open` and `close` follow the partitions' ownership, `run` is the engine."""

    def __init__(
        self,
        attempts: Attempts,
        store: Store,
        *,
        clock: Clock,
        limits: DeskLimits | None = None,
        may_call: Callable[[], bool] = lambda: True,
    ) -> None:
        """`may_call`: whether this worker can be sure that its partitions are its own now."""
        self._attempts = attempts
        self._store = store
        self._may_call = may_call
        self._limits = limits or DeskLimits()
        self._slots = asyncio.Semaphore(self._limits.in_flight)
        self._books: dict[int, Books] = {}
        self._turns: defaultdict[tuple[int, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._queues = Queues()
        self._endings = Endings(
            self._queues, service=attempts.service, clock=clock, observer=attempts.observer
        )
        self._wake = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Actions that have not ended, of all partitions here."""
        return self._queues.waiting

    def standing(self) -> Standing:
        """What there is to show of the desk now."""
        kinds = [kind for kind, each in SERVICE_OF.items() if each is self._attempts.service]
        oldest = {kind: self._queues.oldest(kind) for kind in kinds}
        return Standing(self.waiting, oldest, self._attempts.breaker.is_open)

    @property
    def breaker(self) -> Breaker:
        """The service's breaker, to look at."""
        return self._attempts.breaker

    # -- ownership

    async def open(self, partition: int) -> None:
        """The partition is ours and its rows are restored: go on with what waits there."""
        books = Books(self._attempts.service, partition, self._store)
        self._books[partition] = books
        found = await books.open()
        lanes = {
            self._line_up(partition, key, each, decode_action(each.raw)) for key, each in found
        }
        self._queues.wait(lanes)

    async def close(self, partition: int) -> None:
        """The partition goes: attempts that do not end soon are broken off, ends written down."""
        books = self._books.pop(partition, None)
        lanes = self._queues.close(partition)
        self._room.set()
        tasks = [lane.busy for lane in lanes if lane.busy is not None]
        await all_ended(tasks, self._limits.grace)
        self._queues.forget(partition)
        if books is not None:
            await _unless_lost(books.close())

    # -- taking on

    async def take(
        self, partition: int, arrivals: Sequence[Arrival | ErasureArrival], source: str = ""
    ) -> None:
        """Return when each action has its outcome or waits durably. Raises OwnershipLost.

        `arrivals`: of one topic, in its order; what comes meanwhile with the same `source` is taken
        on after them. An action that came before (a batch read again, a decision made again)
        changes nothing; one that was refused and is replayed is tried again. With an erasure all
        ends that came before it for the learner, but for a call under way.
        """
        async with self._turns[partition, source]:
            await self._erase(partition, arrivals)
            books = await self._books_with_room(partition, arrivals)
            lanes = self._take_on(partition, arrivals, books)
        if self._attempts.breaker.is_open:
            self._hold_back(lanes, books)
        else:
            await all_rested(lanes, self._limits.first_chance)
        self._queues.wait(lanes)
        for lane in lanes:
            for waiting, _ in lane.line:
                books.save(lane.key, waiting)
        await books.flush()

    def _take_on(
        self, partition: int, arrivals: Sequence[Arrival | ErasureArrival], books: Books
    ) -> set[Lane]:
        lanes = set()
        for arrival in arrivals:
            if isinstance(arrival, ErasureArrival):
                continue
            if (waiting := accepted(books, arrival)) is not None:
                books.add(arrival.key, waiting)
                lanes.add(self._line_up(partition, arrival.key, waiting, arrival.action))
        return lanes

    async def _erase(self, partition: int, arrivals: Sequence[Arrival | ErasureArrival]) -> None:
        """Take the erasures of a batch, whether or not there is room for its actions.

        They hold for what stands before them alone, so they may come first. And they must be
        durable before anything behind them is attempted: forgotten in a crash, what stands before
        would arrive after it.
        """
        books = self._books.get(partition)
        erasures = [each for each in arrivals if isinstance(each, ErasureArrival)]
        if books is not None and erasures:
            for each in erasures:
                self._endings.erase(partition, books, each)
            await books.flush()

    def _hold_back(self, lanes: Iterable[Lane], books: Books) -> None:
        """The service takes nothing: what needs no attempt ends, and the rest waits."""
        for lane in lanes:
            lane.park()
            if lane.busy is None:
                self._endings.end_unattempted(lane, books, len(lane.line))

    async def _books_with_room(
        self, partition: int, arrivals: Sequence[Arrival | ErasureArrival]
    ) -> Books:
        books = self._books.get(partition)
        urgent = any(map(is_urgent, arrivals))
        while books is not None and self._is_full(partition, urgent=urgent):
            self._room.clear()
            await self._room.wait()
            if self._books.get(partition) is not books:
                books = None
        if books is None:
            raise OwnershipLost(f"partition {partition} is not at this desk")
        return books

    def _is_full(self, partition: int, *, urgent: bool) -> bool:
        return self._queues.standing(partition, urgent=urgent) > self._limits.parked

    def holds_back(self, partition: int, *, urgent: bool) -> bool:
        """Whether so much waits here that actions of the partition are left in their topic."""
        return self._is_full(partition, urgent=urgent)

    # -- the engine

    async def run(self) -> None:
        """Attempt whatever is due, for ever. Raises what writing to Kafka raises."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._expire(tasks))
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
            due = self._queues.agenda.next_due()
            wait = LOOK_AGAIN_S if due is None else max(held_back, due - loop.time())
            await either(self._wake, min(LOOK_AGAIN_S, wait))

    def _pop(self, now: float) -> Lane | None:
        if self._attempts.breaker.is_open:
            self._queues.agenda.hasten(now)
        return self._queues.agenda.pop(now)

    async def _work(self, lane: Lane, tasks: asyncio.TaskGroup) -> None:
        """Attempt the lane's actions one after the other until it is empty or one must wait."""
        if lane.gone:  # its partition was closed before this began
            return
        books = self._books[lane.partition]
        again = await self._advance(lane, books)
        if again is None or lane.gone:
            self._queues.remove(lane)
        else:
            lane.asked = again.asked
            self._queues.rest(lane, asyncio.get_running_loop().time() + again.seconds)
        # A task of its own: closing the partition breaks off attempts, never a write.
        tasks.create_task(_unless_lost(books.flush()))

    def _worked(self, lane: Lane, task: object) -> None:
        """However an attempt ended, its place is free; a task that never began runs this too."""
        if lane.busy is task:  # a lane that rests may be somebody else's by now
            lane.busy = None
        self._slots.release()
        self._room.set()
        self._wake.set()

    async def _advance(self, lane: Lane, books: Books) -> Again | None:
        """When the lane's head is to be looked at again, None when the lane is empty."""
        while lane.line and not lane.gone:
            step: Ended | Again | None = self._endings.unattempted(lane, books)
            if step is None and lane.unwritten:
                if not await _unless_lost(books.flush()):
                    return None
                lane.unwritten = False
                continue
            if step is None:
                step = await self._attempt(lane, books)
            # The learner may have been erased meanwhile: then no dead letter is to hold the action.
            if isinstance(step, Again) or step.outcome in REFUSED:
                step = self._endings.erased(lane, books) or step
            if isinstance(step, Again):
                return step
            self._endings.end_head(lane, books, step)
        return None

    async def _attempt(self, lane: Lane, books: Books) -> Ended | Again:
        waiting, action = lane.line[0]
        if not self._may_call():
            return UNSURE
        permit = self._attempts.breaker.permit()
        if permit is None:
            return HELD_BACK
        if not waiting.attempts:
            waited = asyncio.get_running_loop().time() - lane.since[0]
            self._attempts.observer.on_first_attempt(self._attempts.service, waited)
        step = await self._attempts.attempt(action, waiting.attempts + 1, permit)
        waiting.attempts += 1
        if isinstance(step, Again):
            waiting.parked = True
            waiting.said = step.detail
            books.save(lane.key, waiting)
        return step

    async def _expire(self, tasks: asyncio.TaskGroup) -> None:
        """End what expires while it waits, for ever; a bounded number at a time."""
        most = self._limits.expired
        while True:
            ended, touched = self._endings.end_expired(self._books, most)
            for books in touched:
                tasks.create_task(_unless_lost(books.flush()))
                self._room.set()
            await asyncio.sleep(LOOK_SOON_S if ended >= most else LOOK_AGAIN_S)

    def _line_up(self, partition: int, key: bytes, waiting: Waiting, action: Action) -> Lane:
        now = asyncio.get_running_loop().time()
        lane = self._queues.line_up(partition, key, waiting, action, now)
        if len(lane.line) == 1:
            self._wake.set()
        return lane


async def _unless_lost(writing: Coroutine[Any, Any, None]) -> bool:
    """Whether it is written. Whoever has lost a partition writes nothing more of it: its next owner
    goes on with it.
    """
    try:
        await writing
    except OwnershipLost as error:
        logger.info("what was under way is left to the next owner: %s", error)
        return False
    return True
