"""Both desks, real clients and a sandbox; only Kafka is a fake."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from random import Random

from orchestrator.clock import SystemClock
from orchestrator.core.actions import Action, Outcome, Service
from orchestrator.core.ids import learner_key
from orchestrator.delivery.arrivals import Arrival
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.breaker import Breaker, BreakerLimits
from orchestrator.delivery.client import Limits, ServiceClient
from orchestrator.delivery.desk import Desk, DeskLimits
from orchestrator.delivery.settling import Backoff
from orchestrator.embedded.sandbox import Sandbox
from tests.simulation.delivery.fakes import MemoryStore, Told
from tests.waiting import eventually

IN_FLIGHT = 8
CLIENT = Limits(connect=0.5, read=0.3, total=0.6)
QUICK = BreakerLimits(failures=5, first=0.1, longest=0.4)
BACKOFF = Backoff(first=0.02, longest=0.2)


@dataclass
class Counter:
    """The desk of one service, and what stands behind it."""

    desk: Desk
    store: MemoryStore
    told: Told
    offset: int = 0

    async def take(self, actions: Sequence[Action]) -> None:
        """Take actions on as one batch, as they stand next in their topic."""
        arrivals = []
        for action in actions:
            key = learner_key(action.tenant_id, action.learner_id)
            arrivals.append(Arrival(key, self.offset, action))
            self.offset += 1
        await self.desk.take(0, arrivals)

    async def done(self, within: float = 20.0) -> dict[str, Outcome]:
        """How all actions ended, once they have."""
        await eventually(lambda: self.desk.waiting == 0, within)
        await self.desk.close(0)
        await self.desk.open(0)
        return self.store.counted()


@dataclass
class Rig:
    """A counter a service."""

    sandbox: Sandbox
    counters: dict[Service, Counter] = field(default_factory=dict)

    @property
    def learner(self) -> Counter:
        return self.counters[Service.LEARNER]

    @property
    def notification(self) -> Counter:
        return self.counters[Service.NOTIFICATION]


@contextlib.asynccontextmanager
async def running_rig(sandbox: Sandbox) -> AsyncIterator[Rig]:
    """Open for business until the end."""
    rig, clock, engines = Rig(sandbox), SystemClock(), []
    async with contextlib.AsyncExitStack() as stack:
        for service in Service:
            client = ServiceClient(service, sandbox.url, clock=clock, limits=CLIENT)
            await stack.enter_async_context(client)
            store, told, random = MemoryStore(), Told(), Random(1)
            attempts = Attempts(
                client,
                breaker=Breaker(asyncio.get_running_loop().time, random, QUICK),
                clock=clock,
                observer=told,
                random=random,
                backoff=BACKOFF,
            )
            desk = Desk(attempts, store, clock=clock, limits=DeskLimits(in_flight=IN_FLIGHT))
            await desk.open(0)
            engines.append(asyncio.create_task(desk.run()))
            rig.counters[service] = Counter(desk, store, told)
        try:
            yield rig
        finally:
            for engine in engines:
                engine.cancel()
            await asyncio.gather(*engines, return_exceptions=True)
