"""The ports of the desk, faked: a service, a store that can fail at any step, an observer."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.ids import learner_key
from orchestrator.core.outcomes import ActionOutcome
from orchestrator.delivery.arrivals import Arrival
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.breaker import Breaker, BreakerLimits
from orchestrator.delivery.calls import Call
from orchestrator.delivery.desk import Desk, DeskLimits
from orchestrator.delivery.rows import Settled
from orchestrator.delivery.settling import Backoff, Ended
from orchestrator.delivery.verdicts import Answer, Fault, Verdict, judge_answer, judge_fault
from tests.simulation.delivery.virtual_time import LoopClock

Reply = int | Fault | Answer


class Arrived(NamedTuple):
    """One call as it came in, and when (loop time)."""

    key: str
    at: float


class FakeService:
    """Answers each key by its script, or by what holds for all, else 200; after `seconds`.

    `on_call` is called with the key of each call as it comes in.
    """

    def __init__(self, service: Service = Service.LEARNER) -> None:
        self.service = service
        self.scripts: dict[str, list[Reply]] = {}
        self.down: Reply | None = None
        self.seconds = 0.0
        self.calls: list[Arrived] = []
        self.applied: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self.broken_off: list[str] = []
        self.on_call: Callable[[str], None] = lambda _key: None

    @property
    def keys(self) -> list[str]:
        return [call.key for call in self.calls]

    async def send(self, call: Call) -> Verdict:
        key = call.headers["Idempotency-Key"]
        self.calls.append(Arrived(key, asyncio.get_running_loop().time()))
        self.on_call(key)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.broken_off.append(key)
            raise
        finally:
            self.under_way -= 1
        return self._verdict(key)

    def _verdict(self, key: str) -> Verdict:
        script = self.scripts.get(key)
        reply = script.pop(0) if script else self.down
        if isinstance(reply, Fault):
            return judge_fault(reply, "no answer")
        answer = Answer(reply or 200, body=b"said") if not isinstance(reply, Answer) else reply
        if answer.status == 200 and key not in self.applied:
            self.applied.append(key)
        return judge_answer(answer, now=LoopClock().now(), host="h")


class Crashed(Exception):
    """The worker died here."""


class MemoryStore:
    """A deliveries table and an outcomes topic. Writing takes `seconds`, and may be made to fail.

    `step` is called with the name of each step of each write, and may raise: `before rows`,
    `after rows`, `before outcomes`, `amid outcomes` (half of them are written), `after outcomes`.
    """

    def __init__(self) -> None:
        self.table: dict[bytes, bytes] = {}
        self.settled: list[Settled] = []
        self.groups: list[Mapping[bytes, bytes | None]] = []
        self.seconds = 0.0
        self.step: Callable[[str], None] = lambda _name: None

    def rows(self, partition: int) -> Mapping[bytes, bytes]:
        return self.table

    async def write(
        self,
        partition: int,
        rows: Mapping[bytes, bytes | None],
        settled: Sequence[Settled] = (),
    ) -> None:
        if rows:
            await self._write_rows(rows)
        if settled:
            await self._write_outcomes(settled)

    async def _write_rows(self, rows: Mapping[bytes, bytes | None]) -> None:
        self.step("before rows")
        await asyncio.sleep(self.seconds)
        self.groups.append(rows)
        for key, value in rows.items():
            if value is None:
                self.table.pop(key, None)
            else:
                self.table[key] = value
        self.step("after rows")

    async def _write_outcomes(self, settled: Sequence[Settled]) -> None:
        self.step("before outcomes")
        await asyncio.sleep(self.seconds)
        half = len(settled) // 2
        self.settled += settled[:half]
        self.step("amid outcomes")
        self.settled += settled[half:]
        self.step("after outcomes")

    @property
    def outcomes(self) -> list[ActionOutcome]:
        """As written, repetitions included."""
        return [each.outcome for each in self.settled]

    def counted(self) -> dict[str, Outcome]:
        """How actions ended, by id, repetitions of a serial number counted once.

        Fails if a serial number is missing, or an action has two outcomes; but one that was
        replayed has the newest, which must say which one it replaces.
        """
        by_serial: dict[int, ActionOutcome] = {}
        for outcome in self.outcomes:
            first = by_serial.setdefault(outcome.serial, outcome)
            assert first == outcome, f"serial {outcome.serial} stands for two outcomes"
        assert sorted(by_serial) == list(range(1, len(by_serial) + 1))
        ends: dict[str, Outcome] = {}
        for _, outcome in sorted(by_serial.items()):
            before = ends.get(outcome.action_id)
            assert outcome.replaces == before, f"{outcome.action_id} has two outcomes"
            ends[outcome.action_id] = outcome.outcome
        return ends

    def waiting(self) -> int:
        """Rows of actions that wait."""
        return sum(key.count(b"/") > 1 for key in self.table)


class Told:
    """An observer that remembers. `turns`: how many actions ended in each turn of the loop."""

    def __init__(self) -> None:
        self.attempts: list[str] = []
        self.ended: list[tuple[str, Outcome]] = []
        self.turns: Counter[float] = Counter()
        self.waited: list[float] = []

    def on_first_attempt(self, service: Service, waited: float) -> None:
        self.waited.append(waited)

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:
        assert seconds >= 0
        self.attempts.append(status)

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:
        self.ended.append((action.action_id, ended.outcome))
        self.turns[asyncio.get_running_loop().time()] += 1


class World:
    """A service, a store and an observer, and desks between them."""

    def __init__(self, service: Service = Service.LEARNER, seed: int = 1) -> None:
        self.service = FakeService(service)
        self.store = MemoryStore()
        self.told = Told()
        self.clock = LoopClock()
        self.random = Random(seed)
        self.offset = 0
        self.is_current = True

    def new_desk(
        self,
        limits: DeskLimits | None = None,
        breaker: BreakerLimits | None = None,
        backoff: Backoff | None = None,
    ) -> Desk:
        loop = asyncio.get_running_loop()
        attempts = Attempts(
            self.service,
            breaker=Breaker(loop.time, self.random, breaker),
            clock=self.clock,
            observer=self.told,
            random=self.random,
            backoff=backoff,
        )
        return Desk(
            attempts, self.store, clock=self.clock, limits=limits, may_call=lambda: self.is_current
        )

    def arrivals(self, *actions: Action, replayed: bool = False) -> list[Arrival]:
        """The actions as they stand one after the other in their topic."""
        arrived = []
        for action in actions:
            key = learner_key(action.tenant_id, action.learner_id)
            arrived.append(Arrival(key, self.offset, action, replayed))
            self.offset += 1
        return arrived

    @contextlib.asynccontextmanager
    async def at_work(self, desk: Desk) -> AsyncIterator[Desk]:
        """The desk's engine runs, and partition 0 is open; the worker dies at the end."""
        await desk.open(0)
        engine = asyncio.create_task(desk.run())
        try:
            yield desk
        finally:
            engine.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await engine


async def until(condition: Callable[[], bool], within: float = 3600.0) -> None:
    """Return when the condition holds; fail after so many virtual seconds."""
    deadline = asyncio.get_running_loop().time() + within
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"waited {within:g} s in vain"
        await asyncio.sleep(0.1)
