"""A policy that decides for some learners first: undone by itself, stopped, grown and promoted."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from orchestrator.clock import SystemClock
from orchestrator.core.actions import Action, decode_action
from orchestrator.core.canary import Canary
from orchestrator.core.ids import LearnerId, TenantId, learner_key
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    CanaryEnded,
    CanaryStarted,
    Control,
    decode_control,
)
from orchestrator.topics import ACTIONS_NOTIFICATION, EVENTS
from tests.product.house import CONFIG, PARTITIONS, Entry, House, get
from tests.product.oracle import read_all
from tests.product.versions import operate
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEARNERS = 60
WINDOW_S = 4
RAILS = f"window_s = {WINDOW_S}\nleast = 10\n"
SLACK_S = 20
"""To read, count and tell, on a machine that does much else."""

TOO_SOON, A_LITTLE_SOONER = 5, 24
"""Minutes of learning before a break; 25 in the policy that is shipped."""

TENANT = "tenant-1"
APART = timedelta(minutes=4)


class School:
    """Learners who do middling coursework every four minutes: nothing is due to them but breaks."""

    def __init__(self, house: House, begin: datetime) -> None:
        self.house = house
        self._begin = begin
        self._rounds = 0
        self.ids: list[str] = []

    async def goes_on(self, rounds: int) -> None:
        """For so many times four minutes."""
        entries = [
            self._entry(learner, self._rounds + number)
            for number in range(rounds)
            for learner in range(LEARNERS)
        ]
        self._rounds += rounds
        self.ids += [str(event["id"]) for _, event in entries]
        await self.house.add(entries)

    async def is_decided(self) -> None:
        await self.house.settled(self.house.workers[0], len(self.ids))

    def _entry(self, learner: int, number: int) -> Entry:
        return "aivo.events.coursework", {
            "id": f"round-{number}-learner-{learner}",
            "type": "COURSEWORK_ANALYZED",
            "tenant_id": TENANT,
            "learner_id": f"learner-{learner}",
            "timestamp": (self._begin + number * APART).isoformat(),
            "data": {"performance_metrics": {"accuracy": 0.6, "engagement": 0.7}},
        }


def another(folder: Path, after_minutes: int) -> tuple[Path, Policy]:
    """A policy with breaks after so many minutes, and its file."""
    file = folder / f"breaks-after-{after_minutes}.toml"
    text = (CONFIG / "policy.toml").read_text()
    file.write_text(text.replace("after_minutes = 25", f"after_minutes = {after_minutes}"))
    return file, load_policy(file.read_text(), (CONFIG / "messages.en.toml").read_text())


async def canary(house: House, *words: object) -> str:
    """What the command says."""
    done = await operate(house, None, "policy", "canary", *map(str, words))
    assert done.returncode == 0, done.stderr
    return done.stdout


def trials(house: House) -> list[dict[str, Any]]:
    """As the last worker shows them."""
    shown: list[dict[str, Any]] = get(house.workers[-1], "/stats")["trials"]
    return shown


async def controls(house: House) -> Iterator[tuple[int, int, Control]]:
    """(partition, offset, control), as they stand in the log."""
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    return (
        (number, record.offset, decode_control(record.value or b""))
        for number, records in log[EVENTS].items()
        for record in records
        if record.key == CONTROL_KEY
    )


async def breaks(house: House) -> list[tuple[int, int, Action]]:
    """(partition, offset of its event, break), each action once."""
    log = await read_all(house.kafka.bootstrap_servers, PARTITIONS)
    places = {
        record.value: (number, record.offset)
        for number, records in log[EVENTS].items()
        for record in records
    }
    of_event = {
        event_id: place
        for raw, place in places.items()
        for event_id in [_id_in(raw or b"")]
        if event_id
    }
    actions = {
        action.action_id: action
        for records in log[ACTIONS_NOTIFICATION].values()
        for record in records
        for action in [decode_action(record.value or b"")]
    }
    return [(*of_event[action.event_id], action) for action in actions.values()]


def _id_in(raw: bytes) -> str:
    return raw.partition(b'"id":"')[2].partition(b'"')[0].decode()


def key_of(action: Action) -> bytes:
    return learner_key(TenantId(action.tenant_id), LearnerId(action.learner_id))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def school(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[School]:
    """Two workers that propose a canary of half the learners, who have too many breaks by it."""
    folder = tmp_path_factory.mktemp("canary")
    rails = folder / "rails.toml"
    rails.write_text(RAILS)
    proposing = {
        "CANARY_POLICY_FILE": str(another(folder, TOO_SOON)[0]),
        "CANARY_PERCENT": "50",
        "CANARY_RAILS_FILE": str(rails),
    }
    async with House(folder) as house:
        for after_minutes in (TOO_SOON, A_LITTLE_SOONER):
            house.later_policies.append(another(folder, after_minutes)[1])
        workers = [house.new_worker(**proposing), house.new_worker(**proposing)]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
        yield School(house, SystemClock().now() - timedelta(hours=5))


async def test_a_canary_that_breaks_a_guard_rail_is_undone_within_a_window(school: School) -> None:
    house = school.house
    workers, candidate = house.workers, house.later_policies[0]
    await eventually(lambda: len(trials(house)) == 1, within=20)
    await somebody_watches_though_nothing_happens(house)
    await school.goes_on(rounds=3)
    await school.is_decided()
    visible = time.monotonic()
    await eventually(lambda: trials(house)[0]["ended_at"] is not None, within=60)
    took = time.monotonic() - visible
    assert took < WINDOW_S + SLACK_S
    assert "more breaks" in trials(house)[0]["reason"]
    assert {get(each, "/stats")["policy_version"] for each in workers} == {house.policy.version}

    await school.goes_on(rounds=8)
    await school.is_decided()
    await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in workers))
    await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
    await school.goes_on(rounds=8)
    await school.is_decided()
    assert len(trials(house)) == 1

    await only_its_learners_and_only_until_its_end(house, candidate)
    assert (await house.judge(school.ids)).faults() == {}


async def somebody_watches_though_nothing_happens(house: House) -> None:
    """A sign, and a newer one though no figure is another; every worker hears it."""
    await eventually(lambda: trials(house)[0]["looked_at"] is not None, within=30)
    first = trials(house)[0]["looked_at"]
    await eventually(lambda: trials(house)[0]["looked_at"] != first, within=30)
    for worker in house.workers:
        engine = get(worker, "/health")["components"]["orchestration_engine"]
        assert engine["status"] == "healthy"


async def only_its_learners_and_only_until_its_end(house: House, candidate: Policy) -> None:
    """What the policy of each break is, against who was in the canary and when."""
    written = list(await controls(house))
    (started,) = {control for *_, control in written if isinstance(control, CanaryStarted)}
    ends = {n: at for n, at, control in written if isinstance(control, CanaryEnded)}
    assert sorted(ends) == list(range(PARTITIONS))
    its = Canary(started, candidate)
    given = await breaks(house)
    for number, offset, action in given:
        is_canarys = its.has(key_of(action)) and offset < ends[number]
        right = candidate.version if is_canarys else house.policy.version
        assert action.policy_version == right, f"{action.learner_id} at {number}:{offset}"

    def at_all(*, inside: bool, before_the_end: bool) -> int:
        return sum(
            its.has(key_of(action)) is inside and (offset < ends[number]) is before_the_end
            for number, offset, action in given
        )

    assert at_all(inside=True, before_the_end=True) >= 10
    assert at_all(inside=False, before_the_end=True) == 0
    assert at_all(inside=True, before_the_end=False) >= 10
    assert at_all(inside=False, before_the_end=False) >= 10


async def test_a_canary_is_started_grown_stopped_and_promoted_by_hand(
    school: School, tmp_path: Path
) -> None:
    house = school.house
    file, candidate = another(tmp_path, A_LITTLE_SOONER)
    said = await canary(house, file, "--percent", 20)
    assert f"{candidate.version} decides for 20 % of the learners" in said
    await school.goes_on(rounds=1)
    await school.is_decided()
    first = await in_canary(house)
    await canary(house, file, "--percent", 60, "--tenant", TENANT)
    await school.goes_on(rounds=1)
    await school.is_decided()
    grown = await in_canary(house)
    assert 0 < len(first) < len(grown) < LEARNERS
    assert first < grown

    await canary(house, "--stop", "--reason", "it was enough")
    await school.goes_on(rounds=1)
    await school.is_decided()
    assert await in_canary(house) == set()
    one, other = trials(house)[-2:]
    assert [one["reason"], other["reason"]] == [f"{other['trial']} took its place", "it was enough"]

    await canary(house, file)
    await canary(house, "--promote")
    await eventually(lambda: get(house.workers[0], "/stats")["policy_version"] == candidate.version)
    told = (await operate(house, None, "policy", "list")).stdout
    assert f"{candidate.version}  in force in {PARTITIONS} partition(s)\n" in told
    assert "its policy came into force" in told
    assert (await house.judge(school.ids)).faults() == {}


async def in_canary(house: House) -> set[str]:
    """The learners whose next event would be decided by another policy than the one in force."""
    found = set()
    for learner in (f"learner-{number}" for number in range(LEARNERS)):
        state = get(house.workers[0], f"/learners/{learner}/state?tenant_id={TENANT}")
        if state["policy_version"] != house.policy.version:
            found.add(learner)
    return found
