"""The delivery desk of one service: every action taken on is seen through, or waits durably.

Lanes run side by side; in a lane only the head is attempted, the rest stands behind it. What does
not arrive at its first chance is parked: its row is in Kafka, its source offset moves on, and it is
attempted again when it is due, SEL interventions before all else.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from orchestrator.clock import Clock
from orchestrator.core.actions import Action, ActionType, Outcome, decode_action
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.books import Books, Store
from orchestrator.delivery.lanes import Agenda, Lane, all_rested
from orchestrator.delivery.rows import Waiting, is_permanent_level
from orchestrator.delivery.settling import Again, Ended, expired
from orchestrator.errors import OwnershipLost

FIRST_CHANCE_S = 1.0
"""How long a batch waits for its actions; what is still under way then waits in its row."""

PARKED_LIMIT = 10_000
"""Waiting actions of one partition above which it takes no more: its topic is the better place."""

LOOK_AGAIN_S = 0.5

GRACE_S = 1.0
"""How long an attempt may go on after its partition has been called back."""


class Arrival(NamedTuple):
    """An action as it stands in its topic, with the learner's key."""

    key: bytes
    action: Action


class Desk:
    """See the module. `open` and `close` follow the ownership of partitions, `run` is the engine.

    `in_flight`: how many attempts may be under way at a time, over all partitions.
    """

    def __init__(
        self, attempts: Attempts, store: Store, *, clock: Clock, in_flight: int = 32
    ) -> None:
        self._attempts = attempts
        self._store = store
        self._clock = clock
        self._slots = asyncio.Semaphore(in_flight)
        self._books: dict[int, Books] = {}
        self._lanes: dict[tuple[int, bytes, ActionType], Lane] = {}
        self._agenda = Agenda()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Actions without an outcome, of all partitions here."""
        return sum(books.waiting for books in self._books.values())

    # -- ownership

    async def open(self, partition: int) -> None:
        """The partition is ours and its rows are restored: go on with what waits there."""
        books = Books(self._attempts.service, partition, self._store)
        self._books[partition] = books
        for key, row in (await books.open()).items():
            for waiting in row.waiting:
                self._line_up(partition, key, waiting, decode_action(waiting.raw))

    async def close(self, partition: int) -> None:
        """The partition goes: attempts that do not end soon are broken off, ends written down."""
        books = self._books.pop(partition, None)
        lanes = [lane for lane in self._lanes.values() if lane.partition == partition]
        for lane in lanes:
            self._remove(lane)
        tasks = [lane.busy for lane in lanes if lane.busy is not None]
        await _end(tasks, GRACE_S)
        if books is not None:
            await books.flush()

    # -- taking on

    async def take(self, partition: int, arrivals: Sequence[Arrival]) -> None:
        """Return when each arrival has its outcome or waits durably. Raises OwnershipLost.

        An action that came before (a batch read again, a decision made again) changes nothing.
        """
        books = self._books_of(partition)
        while books.waiting > PARKED_LIMIT:
            self._room.clear()
            await self._room.wait()
        lanes = set()
        for key, action in arrivals:
            row = books.learner(key)
            books.changed(key)
            if not row.knows(action):
                lanes.add(self._line_up(partition, key, row.add(action), action))
        if self._attempts.breaker.is_open:
            _park(waiting for lane in lanes for waiting, _ in lane.line)
        else:
            await all_rested(lanes, FIRST_CHANCE_S)
        await books.flush()

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
            lane = None if held_back else self._agenda.pop(loop.time())
            if lane is not None:
                return lane
            due = self._agenda.next_due()
            wait = LOOK_AGAIN_S if due is None else max(held_back, due - loop.time())
            await _either(self._wake, min(LOOK_AGAIN_S, wait))

    async def _work(self, lane: Lane, tasks: asyncio.TaskGroup) -> None:
        """Attempt the lane's actions one after the other until it is empty or one must wait."""
        books = self._books_of(lane.partition)
        again = await self._advance(lane, books)
        if again is None or lane.gone:
            self._remove(lane)
        else:
            lane.rested.set()
            self._agenda.add(lane, asyncio.get_running_loop().time() + again)
        # A task of its own: closing the partition breaks off attempts, never a write.
        tasks.create_task(books.flush())

    def _worked(self, lane: Lane, _: object) -> None:
        """However an attempt ended, its place is free; a task that never began runs this too."""
        lane.busy = None
        self._slots.release()
        self._room.set()
        self._wake.set()

    async def _advance(self, lane: Lane, books: Books) -> float | None:
        """Seconds until the lane's head is due again, None when the lane is empty."""
        while lane.line and not lane.gone:
            waiting, action = lane.line[0]
            step: Ended | Again | None = self._unattempted_end(lane)
            if step is None:
                if not self._attempts.breaker.allows():
                    return 0.0
                step = await self._attempts.attempt(action, waiting.attempts + 1)
                waiting.attempts += 1
            if isinstance(step, Again):
                _park([waiting])
                books.changed(lane.key)
                return step.seconds
            lane.line.popleft()
            books.end(lane.key, waiting, action, step)
            self._attempts.observer.on_ended(self._attempts.service, action, step)
        return None

    def _unattempted_end(self, lane: Lane) -> Ended | None:
        """The end of a head that need not be attempted any more."""
        (waiting, action), *rest = lane.line
        now = self._clock.now()
        if waiting.parked and _is_superseded(action, [newer for _, newer in rest]):
            return Ended(Outcome.SUPERSEDED, now, waiting.attempts, detail="a newer one waits too")
        return expired(action, now, waiting.attempts)

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
        return lane

    def _remove(self, lane: Lane) -> None:
        lane.gone = True
        lane.rested.set()
        self._lanes.pop((lane.partition, lane.key, lane.kind), None)

    def _books_of(self, partition: int) -> Books:
        try:
            return self._books[partition]
        except KeyError:
            raise OwnershipLost(f"partition {partition} is not at this desk") from None


def _park(waiting: Iterable[Waiting]) -> None:
    """The service did not take these: from now on a newer one may take their place."""
    for each in waiting:
        each.parked = True


def _is_superseded(action: Action, newer: Sequence[Action]) -> bool:
    """Whether a newer level suggestion of the same kind (for good, or for now) waits too."""
    if action.type is not ActionType.LEVEL_SUGGESTED:
        return False
    permanent = is_permanent_level(action)
    return any(is_permanent_level(other) is permanent for other in newer)


async def _end(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Let tasks end by themselves, and cancel those that take longer."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so many seconds."""
    waiter = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({waiter}, timeout=seconds)
    finally:
        waiter.cancel()
