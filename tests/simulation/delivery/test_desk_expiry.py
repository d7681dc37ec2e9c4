"""What expires while a service is away ends there and then, without a call."""

import asyncio
from datetime import timedelta

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.delivery.desk import Desk, DeskLimits
from orchestrator.delivery.groups import LARGEST_GROUP
from tests.simulation.delivery.fakes import World, until
from tests.unit.delivery.samples import EVENT_AT, action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION
SLACK = 1.1
"""Seconds: two looks, and what writing takes."""


def expiring(kind: ActionType, name: str, seconds: float | None, learner: str = "") -> Action:
    """An action that expires so many seconds after the beginning; None: never."""
    at = None if seconds is None else EVENT_AT + timedelta(seconds=seconds)
    return action(kind, action_id=name, learner=learner or name, expires_at=at)


async def fall_silent(world: World, desk: Desk) -> None:
    world.service.down = 500
    kind = BREAK if world.service.service is Service.NOTIFICATION else PATH
    first = [expiring(kind, f"x{n}", None) for n in range(10)]
    await desk.take(0, world.arrivals(*first))


async def at(seconds: float) -> None:
    await asyncio.sleep(max(0.0, seconds - asyncio.get_running_loop().time()))


def ends(world: World, kind: str) -> list[str]:
    """The ids with that first letter that have ended, in the order of their outcomes."""
    return [each.action_id for each in world.store.outcomes if each.action_id.startswith(kind)]


@pytest.mark.parametrize("kind", [LEVEL, PATH, BREAK])
async def test_an_action_ends_when_it_expires_though_the_service_is_away(kind: ActionType) -> None:
    world = World(Service.NOTIFICATION if kind is BREAK else Service.LEARNER)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*(expiring(kind, f"a{n}", 100 + n) for n in range(50))))
        for n in range(0, 50, 10):
            await at(100 + n - 0.1)
            assert len(ends(world, "a")) == n
            await at(100 + n + SLACK)
            assert len(ends(world, "a")) >= n + 1
    ended = [each for each in world.store.outcomes if each.action_id[0] == "a"]
    assert {each.outcome for each in ended} == {Outcome.EXPIRED}
    assert sum(each.attempts for each in ended) < len(world.service.calls) < 70


async def test_it_ends_on_time_between_attempts_that_fail() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        tried = [expiring(SEL, f"s{n}", 50 + n) for n in range(20)]
        await desk.take(0, world.arrivals(*tried))
        await at(70 + SLACK)
    ended = {each.action_id: each for each in world.store.outcomes}
    assert sum(each.attempts > 0 for each in ended.values()) > 5
    for one in tried:
        assert one.expires_at is not None
        late = ended[one.action_id].at - one.expires_at
        assert timedelta(0) <= late < timedelta(seconds=SLACK)
    assert world.store.waiting() == 10


async def test_nothing_is_called_for_what_expires_but_the_probes() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*(expiring(BREAK, f"b{n}", 60) for n in range(400))))
        await desk.take(0, world.arrivals(expiring(SEL, "s", None)))
        await asyncio.sleep(300)
        assert len(ends(world, "b")) == 400
        assert not [key for key in world.service.keys if key.startswith("b")]


async def test_ten_thousand_that_expire_at_once_end_within_seconds_a_bounded_number_at_a_time() -> (
    None
):
    world = World()
    limits = DeskLimits(parked=20_000, expired=500)
    async with world.at_work(world.new_desk(limits)) as desk:
        await fall_silent(world, desk)
        world.store.seconds = 0.01
        for n in range(0, 10_000, 1000):
            some = (expiring(PATH, f"p{m}", 600, f"l{m}") for m in range(n, n + 1000))
            await desk.take(0, world.arrivals(*some))
        await until(lambda: len(ends(world, "p")) == 10_000)
        assert asyncio.get_running_loop().time() < 605
        assert 0 < max(world.told.turns.values()) <= 500
        assert desk.waiting == 10
        assert len(desk._queues.agenda) < 10_000 / 2
    groups = [sum(len(k) + len(v or b"") for k, v in one.items()) for one in world.store.groups]
    assert max(groups) < 2 * LARGEST_GROUP
    assert world.store.waiting() == 10


async def test_of_a_learner_actions_end_in_order_whatever_their_expiries() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        times = [200, 100, 300, None, 150]
        ones = [expiring(PATH, f"a{n}", seconds, "l") for n, seconds in enumerate(times)]
        await desk.take(0, world.arrivals(*ones))
        await at(199)
        assert ends(world, "a") == []
        await at(200 + SLACK)
        assert ends(world, "a") == ["a0", "a1"]
        await at(300 + SLACK)
        assert ends(world, "a") == ["a0", "a1", "a2"]
        await asyncio.sleep(200)
        assert ends(world, "a") == ["a0", "a1", "a2"]
        world.service.down = None
        await until(lambda: desk.waiting == 0, within=60)
        await desk.close(0)
    assert [key for key in world.service.applied if key[0] == "a"] == ["a3"]
    assert world.store.counted()["a4"] is Outcome.EXPIRED


async def test_one_that_expires_under_way_is_left_to_its_attempt() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(expiring(SEL, "s", 30)))
        world.service.seconds = 10.0
        await until(lambda: world.service.under_way == 1 and world.service.keys[-1] == "s", 30)
        began = asyncio.get_running_loop().time()
        world.service.down = None
        await at(began + 9.9)
        assert ends(world, "s") == []
        await at(began + 10 + SLACK)
    assert world.store.counted()["s"] is Outcome.DELIVERED


async def test_what_has_expired_on_arrival_ends_with_its_batch_and_has_no_row() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        world.store.groups.clear()
        await desk.take(0, world.arrivals(*(expiring(BREAK, f"b{n}", -1) for n in range(20))))
        assert len(ends(world, "b")) == 20
        assert not [key for one in world.store.groups for key in one if key.count(b"/") > 1]


async def test_room_that_expiry_makes_lets_a_full_partition_take_more() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk(DeskLimits(parked=50))) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*(expiring(BREAK, f"b{n}", 60) for n in range(50))))
        more = asyncio.create_task(desk.take(0, world.arrivals(expiring(BREAK, "c", 600))))
        await at(59)
        assert not more.done()
        await at(60 + SLACK)
        assert more.done()


async def test_expiry_goes_on_where_another_worker_left_it() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*(expiring(PATH, f"p{n}", 60, "l") for n in range(5))))
        await desk.close(0)
    async with world.at_work(world.new_desk()) as desk:
        await at(60 + SLACK)
        assert ends(world, "p") == [f"p{n}" for n in range(5)]
        await desk.close(0)
    assert world.store.waiting() == 10


async def test_a_level_that_expires_is_told_as_undelivered_while_the_service_is_away() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(expiring(LEVEL, "a", 600, "l")))
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(expiring(LEVEL, "b", 600, "l")))
        await at(600 + SLACK)
    (outcome,) = [each for each in world.store.outcomes if each.action_id == "b"]
    assert (outcome.outcome, outcome.permanent_level) == (Outcome.EXPIRED, True)
    assert outcome.delivered_level == "challenging"
