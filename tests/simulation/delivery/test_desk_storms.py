"""Hours of trouble in a moment: faults, outages, moves and crashes, by seeds; then the balance."""

import asyncio
from collections import defaultdict
from datetime import timedelta

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.core.ids import learner_key
from orchestrator.delivery.arrivals import Arrival
from orchestrator.delivery.breaker import BreakerLimits
from orchestrator.delivery.desk import Desk, DeskLimits
from orchestrator.delivery.rows import is_permanent_level
from orchestrator.delivery.verdicts import Answer, Fault
from orchestrator.errors import OwnershipLost
from tests.simulation.delivery.fakes import Reply, World, until
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
FAULTS: list[Reply | None] = [
    *(None,) * 6,
    404,
    409,
    500,
    503,
    429,
    Answer(429, retry_after="2"),
    Fault.TIMEOUT,
    Fault.RESET,
]
LEARNERS = 5
ACTIONS = 400


class Storm:
    """A topic of actions, of which a consumer commits batches; workers come and go."""

    def __init__(self, seed: int) -> None:
        self.world = World(Service.LEARNER, seed=seed)
        self.random = self.world.random
        self.topic = self.world.arrivals(*(self._action(n) for n in range(ACTIONS)))
        self.committed = 0

    def _action(self, number: int) -> Action:
        kind = self.random.choice([LEVEL, LEVEL, PATH])
        more = {"temporary": self.random.random() < 0.3} if kind is LEVEL else {}
        return action(
            kind,
            action_id=f"a{number}",
            learner=f"l{self.random.randrange(LEARNERS)}",
            parameters=PARAMETERS[kind] | more,
            expires_at=EVENT_AT + timedelta(seconds=self.random.choice([20, 60, 24 * 3600])),
        )

    def new_desk(self) -> Desk:
        limits = DeskLimits(in_flight=self.random.randint(1, 8), parked=100, grace=0.05)
        return self.world.new_desk(limits, BreakerLimits(failures=self.random.randint(2, 20)))

    async def consume(self, desk: Desk) -> None:
        """What the consumer does: batches abreast; the offset moves on when all before is taken."""
        free = asyncio.Semaphore(self.random.randint(1, 4))
        taken: dict[int, int] = {}
        begin = self.committed
        try:
            async with asyncio.TaskGroup() as tasks:
                while begin < len(self.topic):
                    await free.acquire()
                    end = begin + self.random.randint(1, 90)
                    tasks.create_task(self._take(desk, begin, end, taken, free))
                    begin = end
        except* OwnershipLost:
            pass

    async def _take(
        self, desk: Desk, begin: int, end: int, taken: dict[int, int], free: asyncio.Semaphore
    ) -> None:
        again = self.random.sample(self.topic[: self.committed], min(self.committed, 2))
        await desk.take(0, [*self.topic[begin:end], *self._decided_again(again)])
        taken[begin] = end
        while self.committed in taken:
            self.committed = taken.pop(self.committed)
        free.release()

    def _decided_again(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Of the latest actions only: of older ones a second outcome would be right."""
        recent = arrivals if self.committed < 60 else []
        return [each._replace(offset=10**6 + each.offset) for each in recent]

    async def weather(self) -> None:
        """How the service fares."""
        service = self.world.service
        while True:
            service.down = self.random.choice(FAULTS)
            service.seconds = self.random.choice([0.0, 0.01, 0.4])
            await asyncio.sleep(self.random.random() * 20)

    async def one_life(self, seconds: float) -> None:
        """A worker, for so long; killed, or asked to let its partition go."""
        desk = self.new_desk()
        self.world.store.seconds = self.random.choice([0.0, 0.005, 0.2])
        async with self.world.at_work(desk):
            consuming = asyncio.create_task(self.consume(desk))
            await asyncio.sleep(seconds)
            if self.random.random() < 0.5:
                await desk.close(0)
            consuming.cancel()
            await asyncio.gather(consuming, return_exceptions=True)

    async def run(self) -> None:
        weather = asyncio.create_task(self.weather())
        for _ in range(self.random.randint(2, 12)):
            await self.one_life(self.random.random() * 15)
        weather.cancel()
        self.world.service.down, self.world.service.scripts = None, {}
        desk = self.new_desk()
        async with self.world.at_work(desk):
            await self.consume(desk)
            assert self.committed >= len(self.topic)
            await until(lambda: desk.waiting == 0)
            await desk.close(0)


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_each_action_has_one_outcome_and_its_learner_sees_them_in_order(
    seed: int,
) -> None:
    storm = Storm(seed)
    await storm.run()
    counted = storm.world.store.counted()
    assert set(counted) == {arrival.action.action_id for arrival in storm.topic}
    assert storm.world.store.waiting() == 0
    assert_in_order(storm)
    assert_superseded_rightly(storm, counted)


def assert_in_order(storm: Storm) -> None:
    rank: dict[str, int] = {arrival.action.action_id: n for n, arrival in enumerate(storm.topic)}
    kinds: dict[str, object] = {
        arrival.action.action_id: (arrival.key, arrival.action.type) for arrival in storm.topic
    }
    lanes: dict[object, list[int]] = defaultdict(list)
    for key in storm.world.service.applied:
        lanes[kinds[key]].append(rank[key])
    assert all(lane == sorted(lane) for lane in lanes.values())


def assert_superseded_rightly(storm: Storm, counted: dict[str, Outcome]) -> None:
    """Nothing but levels, none that was applied, and each with a newer one of its kind."""
    newest: dict[tuple[bytes, bool], str] = {}
    for arrival in storm.topic:
        one = arrival.action
        if one.type is LEVEL:
            newest[learner_key(one.tenant_id, one.learner_id), is_permanent_level(one)] = (
                one.action_id
            )
    superseded = {key for key, outcome in counted.items() if outcome is Outcome.SUPERSEDED}
    levels = {a.action.action_id for a in storm.topic if a.action.type is LEVEL}
    assert superseded <= levels - set(newest.values())
