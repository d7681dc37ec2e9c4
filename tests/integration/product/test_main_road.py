"""Each type of event, by Redis and by trigger: at two workers, at the one left, at two again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count, product
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from orchestrator.clock import SystemClock
from orchestrator.core.actions import ActionType, action_id
from orchestrator.core.events import EventType
from orchestrator.core.ids import EventId, LearnerId, TenantId
from orchestrator.embedded.worker import WorkerProcess
from tests.product.cluster import Cluster
from tests.product.house import Entry, House
from tests.product.lessons import LESSONS, ROUTES, Due, Lesson, holds
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TENANT = TenantId("tenant-1")
NAMES_TRIED = 200
OF_THE_WORKER = {"uptime_seconds"}
FIGURE_OF = {
    ActionType.LEVEL_SUGGESTED: "level_suggestions_sent",
    ActionType.LEARNING_PATH_UPDATE: "learning_path_updates",
    ActionType.GAME_BREAK: "game_breaks_scheduled",
    ActionType.SEL_INTERVENTION: "sel_interventions_triggered",
}


class Road:
    """Two workers of one cluster, all that was sent to them, and all calls that are due for it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.events: list[str] = []
        self.learners = 0
        self.due: dict[str, tuple[str, Due]] = {}
        """Idempotency key -> (learner, call)."""
        self._numbers = count()

    async def learner_of(self, owner: WorkerProcess) -> str:
        """Somebody of whom nothing is known yet, and who is this worker's."""
        for _ in range(NAMES_TRIED):
            learner = f"learner-{next(self._numbers)}"
            if await self.cluster.owner((TENANT, learner)) is owner:
                return learner
        raise AssertionError(f"none of {NAMES_TRIED} learners is with {owner.url}")

    def teach(self, lesson: Lesson, learner: str) -> list[dict[str, Any]]:
        """The events, to be sent by whichever way; what they call for is due from now on."""
        events = lesson.events(TENANT, learner, SystemClock().now())
        self.events += [event["id"] for event in events]
        self.learners += 1
        for due in lesson.due:
            self.due[key_of(learner, events[-1]["id"], due)] = learner, due
        return events

    async def by_redis(self) -> None:
        """Each lesson once for a learner of each worker."""
        entries: list[Entry] = []
        for lesson, owner in product(LESSONS, self.cluster.running):
            events = self.teach(lesson, await self.learner_of(owner))
            entries += [(f"aivo.events.{lesson.stream}", event) for event in events]
        await self.cluster.house.add(entries)

    async def by_trigger(self, *asked: WorkerProcess) -> None:
        """Each lesson once for a learner of each worker, at each of those that are asked."""
        for lesson, owner, worker in product(LESSONS, self.cluster.running, asked):
            learner = await self.learner_of(owner)
            for event in self.teach(lesson, learner):
                status, answer = await self.cluster.post(worker, event)
                assert (status, answer["decision"]["outcome"]) == (200, "decided"), answer
            actions = {
                action["action_id"]: action["rule"] for action in answer["actions_generated"]
            }
            assert actions == {key_of(learner, event["id"], due): due.rule for due in lesson.due}

    async def leads_to_all_that_is_due(self) -> None:
        """Every call has arrived, once, with its key and its body; and no other has."""
        calls = self.cluster.house.sandbox.calls
        await eventually(lambda: set(self.due) <= set(calls.applied_keys()), within=60)
        assert set(calls.applied_keys()) == set(self.due)
        for call in calls:
            learner, due = self.due[call.key]
            method, path = ROUTES[due.type]
            assert (call.method, call.path) == (method, path.format(learner))
            assert (call.learner_id, call.tenant_id, call.status) == (learner, TENANT, 200)
            assert holds(call.body, due.body), (due, call.body)

    async def is_counted_once_and_alike(self) -> None:
        """/stats says the same at each worker, and counts everything once."""
        await eventually(self._is_settled, within=60)
        told = await self._figures()
        assert all(figures == told[0] for figures in told)
        due = Counter(due.type for _, due in self.due.values())
        expected = {FIGURE_OF[kind]: due[kind] for kind in ActionType} | {
            "total_events_processed": len(self.events),
            # What was on its way when a worker was killed is read again, and known as such.
            "total_events_received": len(self.events) + told[0]["duplicates"],
            "actions_delivered": len(self.due),
            "total_learners": self.learners,
            "active_learners": self.learners,
            "workers": len(self.cluster.running),
        }
        expected |= dict.fromkeys(ENDED_OTHERWISE, 0)
        assert {name: told[0][name] for name in expected} == expected

    async def _is_settled(self) -> bool:
        told = await self._figures()
        return all(
            figures == told[0]
            and figures["total_events_processed"] >= len(self.events)
            and figures["events_in_flight"] == figures["actions_pending"] == 0
            for figures in told
        )

    async def _figures(self) -> list[dict[str, Any]]:
        told = [await self.cluster.figures(worker) for worker in self.cluster.running]
        return [
            {name: value for name, value in figures.items() if name not in OF_THE_WORKER}
            for figures in told
        ]

    async def is_right(self) -> None:
        """By the calls, by the figures, and by the oracle."""
        await self.leads_to_all_that_is_due()
        await self.is_counted_once_and_alike()
        assert (await self.cluster.house.judge(self.events)).faults() == {}


ENDED_OTHERWISE = (
    "late",
    "dead_letters",
    "actions_rejected",
    "actions_expired",
    "actions_superseded",
    "actions_failed",
)


def key_of(learner: str, event: str, due: Due) -> str:
    return action_id(TENANT, LearnerId(learner), EventId(event), due.rule)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Road]:
    folder = tmp_path_factory.mktemp("road")
    async with House(folder) as house, aiohttp.ClientSession() as session:
        yield Road(Cluster(house, session))


@pytest_asyncio.fixture(loop_scope="module")
async def road(shared: Road) -> Road:
    await shared.cluster.start()
    return shared


async def test_each_type_of_event_by_either_way_and_at_either_worker_leads_to_what_is_documented(
    road: Road,
) -> None:
    assert {lesson.type for lesson in LESSONS if lesson.due} == set(EventType)
    await road.by_redis()
    await road.by_trigger(*road.cluster.workers)
    await road.is_right()


async def test_a_killed_worker_is_replaced_by_the_other_and_has_its_share_again_when_it_is_back(
    road: Road,
) -> None:
    left, killed = road.cluster.workers
    theirs = await road.learner_of(killed)
    await road.by_redis()
    await asyncio.to_thread(killed.kill)  # with what Redis has just got under way
    (event,) = road.teach(LESSONS[0], theirs)
    status, answer = await road.cluster.post(left, event)
    assert status in {200, 202}, answer  # 202: it takes longer than a request may wait
    await eventually(road.cluster.share_the_work, within=60)
    await road.by_redis()
    await road.by_trigger(left)
    await road.is_right()

    await road.cluster.start()
    assert len(road.cluster.running) == 2
    await road.by_redis()
    await road.by_trigger(killed)
    await road.is_right()
