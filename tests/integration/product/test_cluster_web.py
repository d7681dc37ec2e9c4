"""Two workers, and questions about learners of whom each has but a part."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from orchestrator.embedded.worker import WorkerProcess
from tests.product.cluster import Answer, Cluster
from tests.product.house import House
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEARNERS = [f"learner-{number}" for number in range(20)]


class Pair(Cluster):
    """A house with two workers that share the partitions; each test has a tenant of its own."""

    tenant = ""

    async def start(self) -> None:
        """With a tenant of whom nothing is known yet."""
        self.tenant = f"tenant-{secrets.token_hex(4)}"
        await super().start()

    async def received(self) -> int:
        """Events so far, of all tests."""
        received: int = (await self.figures(self.workers[0]))["total_events_received"]
        return received

    async def state(self, worker: WorkerProcess, learner: str) -> Answer:
        return await self.state_of(worker, (self.tenant, learner))

    async def states(self, worker: WorkerProcess) -> list[Answer]:
        return [await self.state(worker, learner) for learner in LEARNERS]

    async def owner_of(self, learner: str) -> WorkerProcess:
        return await self.owner((self.tenant, learner))

    async def begin(self, scores: Mapping[str, float]) -> None:
        """Trigger the learners' baselines, at either worker in turn, and wait until all is sent."""
        before = await self.received()
        for number, (learner, score) in enumerate(scores.items()):
            event = self.baseline(learner, score)
            status, answer = await self.post(self.workers[number % 2], event)
            assert (status, answer["decision"]["outcome"]) == (200, "decided")
        await self.house.settled(self.workers[0], events=before + len(scores))

    def baseline(self, learner: str, score: float, **more: Any) -> dict[str, Any]:
        who = {"tenant_id": self.tenant, "learner_id": learner}
        return {"type": "BASELINE_COMPLETE", "data": {"overall_score": score}} | who | more

    async def all_known(self, worker: WorkerProcess) -> bool:
        return {status for status, _ in await self.states(worker)} == {200}


def ids(answer: Answer) -> list[str]:
    """Of the actions that an answer tells of."""
    return [action["action_id"] for action in answer[1]["actions_generated"]]


def level_of(score: float) -> str:
    return "challenging" if score >= 0.75 else "moderate"


SCORES = {name: 0.8 if number % 3 else 0.6 for number, name in enumerate(LEARNERS)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    async with House(folder) as house, aiohttp.ClientSession() as session:
        yield Pair(house, session)


@pytest_asyncio.fixture(loop_scope="module")
async def pair(shared: Pair) -> Pair:
    await shared.start()
    return shared


async def test_either_worker_decides_and_tells_of_every_learner_alike(pair: Pair) -> None:
    await pair.begin(SCORES)
    owners = {learner: await pair.owner_of(learner) for learner in LEARNERS}
    assert len(set(owners.values())) == 2

    one, other = [await pair.states(worker) for worker in pair.workers]
    assert one == other
    levels = {body["learner_id"]: body["level"] for _, body in one}
    assert levels == {learner: level_of(score) for learner, score in SCORES.items()}

    for worker in pair.workers:
        assert (await pair.state(worker, "nobody"))[0] == 404


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(pair: Pair) -> None:
    await pair.begin(SCORES)
    before = await pair.states(pair.workers[0])
    figures = (await pair.get(pair.workers[0], "/stats"))[1]
    received = await pair.received()
    calls = pair.house.sandbox.calls.received

    for learner in LEARNERS:
        event = pair.baseline(learner, 0.95, id="would-be", timestamp=before[0][1]["as_of"])
        one, other = [await pair.post(w, event, "?dry_run=true") for w in pair.workers]
        for status, answer in (one, other):
            assert status == 200
            assert (answer["decision"]["offset"], answer["decision"]["dry_run"]) == (None, True)
        assert one[1]["decision"] == other[1]["decision"]
        assert ids(one) == ids(other)
        level = one[1]["actions_generated"][0]
        assert level["parameters"]["current_level"] == level_of(SCORES[learner])
        assert level["parameters"]["suggested_level"] == "advanced"

    # An event that is decided after them: nothing of theirs is still on its way.
    await pair.post(pair.workers[1], pair.baseline("the last", 0.6))
    await pair.house.settled(pair.workers[0], events=received + 1)
    after = (await pair.get(pair.workers[0], "/stats"))[1]
    counted = {"total_events_received", "total_events_processed", "level_suggestions_sent"}
    assert {name: after[name] - figures[name] for name in counted} == {
        "total_events_received": 1,
        "total_events_processed": 1,
        "level_suggestions_sent": 0,
    }
    assert await pair.states(pair.workers[0]) == before
    assert pair.house.sandbox.calls.received == calls + 1


async def test_a_key_stands_for_one_body_at_whichever_worker_and_after_a_restart(
    pair: Pair,
) -> None:
    one, other = pair.workers
    before = (await pair.get(one, "/stats"))[1]
    key = {"Idempotency-Key": "key-1"}
    status, first = await pair.post(one, pair.baseline("ada", 0.8), **key)
    assert (status, first["event_id"]) == (200, "key-1")
    assert len(first["actions_generated"]) == 2

    for worker in pair.workers:
        status, again = await pair.post(worker, pair.baseline("ada", 0.8), **key)
        assert (status, again["decision"]["outcome"]) == (200, "duplicate")
        assert again["actions_generated"] == []
        for body in (pair.baseline("ada", 0.9), pair.baseline("ben", 0.8)):
            status, problem = await pair.post(worker, body, **key)
            assert status == 422
            assert [fault["field"] for fault in problem["errors"]] == ["Idempotency-Key"]

    await asyncio.to_thread(other.restart)
    await eventually(pair.share_the_work, within=30)
    await eventually(lambda: pair_refuses(pair, other, pair.baseline("ada", 0.9), key))
    assert (await pair.post(other, pair.baseline("ada", 0.8), **key))[0] == 200
    assert (await pair.post(other, pair.baseline("ada", 0.9), **{"Idempotency-Key": "key-2"}))[
        0
    ] == 200
    await pair.house.settled(one, events=before["total_events_received"] + 5)
    after = (await pair.get(one, "/stats"))[1]
    assert after["total_events_processed"] == before["total_events_processed"] + 2


async def pair_refuses(
    pair: Pair, worker: WorkerProcess, body: Mapping[str, Any], key: Mapping[str, str]
) -> bool:
    """Asked without doing anything: what was decided before the start is still being read."""
    return (await pair.post(worker, body, "?dry_run=true", **key))[0] == 422


async def test_one_of_two_requests_at_the_same_time_is_the_duplicate(pair: Pair) -> None:
    for number in range(5):
        event = pair.baseline(f"twice-{number}", 0.8, id="same")
        answers = await asyncio.gather(*(pair.post(worker, event) for worker in pair.workers * 2))
        outcomes = sorted(body["decision"]["outcome"] for _, body in answers)
        assert outcomes == ["decided", "duplicate", "duplicate", "duplicate"]
        assert sorted(len(body["actions_generated"]) for _, body in answers) == [0, 0, 0, 2]


async def test_what_was_answered_is_in_the_state_at_once(pair: Pair) -> None:
    for number, learner in enumerate(LEARNERS):
        asked, told = pair.workers[number % 2], pair.workers[number // 2 % 2]
        assert (await pair.post(asked, pair.baseline(learner, 0.8)))[0] == 200
        status, body = await pair.state(told, learner)
        assert (status, body.get("level")) == (200, "challenging")


async def test_when_a_worker_is_killed_nothing_wrong_is_told_and_soon_everything(
    pair: Pair,
) -> None:
    await pair.begin(SCORES)
    left, killed = pair.workers
    expected = [(200, body) for _, body in await pair.states(left)]
    await asyncio.to_thread(killed.kill)

    async def told_right() -> bool:
        answers = await pair.states(left)
        for answer, right in zip(answers, expected, strict=True):
            assert answer == right or answer[0] == 503
        return answers == expected

    assert not await told_right()
    await eventually(told_right, within=15)


async def test_a_worker_that_was_frozen_tells_nothing_stale_when_it_wakes(pair: Pair) -> None:
    await pair.begin(SCORES)
    awake, frozen = pair.workers
    theirs = [name for name in LEARNERS if await pair.owner_of(name) is frozen]
    assert theirs
    os.kill(frozen.pid, signal.SIGSTOP)
    try:
        await eventually(lambda: pair.all_known(awake), within=20)
        for learner in theirs:
            assert (await pair.post(awake, pair.baseline(learner, 0.95)))[0] == 200
        questions = [asyncio.create_task(pair.state(frozen, learner)) for learner in theirs]
        await asyncio.sleep(0)
    finally:
        os.kill(frozen.pid, signal.SIGCONT)
    for answer in await asyncio.gather(*questions, return_exceptions=True):
        if isinstance(answer, BaseException):
            assert isinstance(answer, aiohttp.ClientError)  # it has ended instead
        else:
            status, body = answer
            assert status == 503 or body["level"] == "advanced"
