"""A service goes away and comes back."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.delivery.breaker import BreakerLimits
from orchestrator.delivery.desk import Desk, DeskLimits
from orchestrator.delivery.settling import Backoff
from orchestrator.delivery.verdicts import Answer, Fault
from tests.simulation.delivery.fakes import Reply, World, until
from tests.unit.delivery.samples import EVENT_AT, action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION
LONG = 900.0
"""Seconds of an outage: the waits between probes are at their longest after a few of them."""


def breaks(count: int, minutes: float = 24 * 60) -> list[Action]:
    expiry = EVENT_AT + timedelta(minutes=minutes)
    return [
        action(BREAK, action_id=f"b{n}", learner=f"l{n}", expires_at=expiry) for n in range(count)
    ]


def interventions(count: int, learners: int = 10**9) -> list[Action]:
    return [
        action(SEL, action_id=f"s{n}", learner=f"l{n % learners}", expires_at=None)
        for n in range(count)
    ]


async def fall_silent(world: World, desk: Desk, reply: Reply = 500) -> None:
    """The service goes, and the breaker opens on actions that bother nobody later."""
    world.service.down = reply
    first = [action(BREAK, action_id=f"x{n}", learner=f"x{n}") for n in range(10)]
    await desk.take(0, world.arrivals(*first))


async def come_back(world: World, desk: Desk) -> None:
    world.service.down = None
    await until(lambda: desk.waiting == 0, within=120)
    await desk.close(0)


def applied(world: World, *kinds: str) -> list[str]:
    return [key for key in world.service.applied if key[0] in kinds]


@pytest.mark.parametrize("reply", [500, Fault.TIMEOUT, Fault.UNREACHABLE, Fault.RESET])
async def test_while_the_service_is_away_it_is_only_probed(reply: Reply) -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk, reply)
        before = len(world.service.calls)
        assert before <= 10 + 5
        began = asyncio.get_running_loop().time()
        for one in breaks(200):
            await desk.take(0, world.arrivals(one))
        assert asyncio.get_running_loop().time() - began < 1.0
        await asyncio.sleep(LONG)
        probes = [call.at for call in world.service.calls[before:]]
        assert LONG / 4 / 1.3 < len(probes) < LONG / 4 * 1.1 + 10
        gaps = [later - sooner for sooner, later in pairwise(probes)]
        assert min(gaps) > 0.5
        assert max(gaps) <= 5.1
        await come_back(world, desk)
    assert len(world.store.counted()) == 210


async def test_it_is_shown_what_waits_since_when_and_that_the_service_is_left_alone() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        idle = desk.standing()
        assert (idle.actions, idle.is_held_back) == (0, False)
        assert idle.oldest == {BREAK: None, SEL: None}
        await fall_silent(world, desk)
        old = action(SEL, action_id="s", learner="s", created_at=EVENT_AT - timedelta(hours=1))
        await desk.take(0, world.arrivals(old, *interventions(3)))
        shown = desk.standing()
        assert (shown.actions, shown.is_held_back) == (14, True)
        assert shown.oldest == {BREAK: EVENT_AT, SEL: EVENT_AT - timedelta(hours=1)}
        await come_back(world, desk)
        assert desk.standing().oldest == idle.oldest


async def test_how_long_an_action_waited_is_told_once_when_it_is_first_attempted() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*interventions(1)))
        await asyncio.sleep(60)
        await come_back(world, desk)
    assert len(world.service.calls) > len(world.told.waited) == 11
    assert min(world.told.waited) < 0.01
    assert 0.7 < max(world.told.waited) < 70


async def test_probes_never_overlap_even_if_the_service_is_slow_to_fail() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk, Fault.TIMEOUT)
        world.service.seconds = 15.0
        await asyncio.sleep(60)
        world.service.most_under_way = 0
        for one in breaks(50) + interventions(50):
            await desk.take(0, world.arrivals(one))
        await asyncio.sleep(LONG)
        assert world.service.most_under_way == 1


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("away", [1.0, 10.0, 60.0, LONG])
async def test_on_return_every_intervention_is_on_its_way_within_five_seconds(
    seed: int, away: float
) -> None:
    world = World(Service.NOTIFICATION, seed)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*interventions(20), *breaks(20)))
        await asyncio.sleep(away)
        back_at = asyncio.get_running_loop().time()
        await come_back(world, desk)
    when = {call.key: call.at for call in world.service.calls}
    assert max(when[f"s{n}"] for n in range(20)) < back_at + 5.1


async def test_a_service_that_lets_callers_wait_in_vain_is_probed_again_at_once() -> None:
    world = World(Service.NOTIFICATION)
    world.service.seconds = 10.0
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk, Fault.TIMEOUT)
        await desk.take(0, world.arrivals(*interventions(10)))
        await asyncio.sleep(LONG)
        probes = [call.at for call in world.service.calls[-50:]]
        gaps = [later - sooner for sooner, later in pairwise(probes)]
        assert 10.0 <= min(gaps) <= max(gaps) < 10.1


@pytest.mark.parametrize("away", [3.0, 60.0, 2 * LONG])
async def test_on_return_interventions_come_before_breaks_whatever_came_first(away: float) -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk(DeskLimits(in_flight=1))) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*breaks(30, minutes=10**6)))
        await desk.take(0, world.arrivals(*interventions(30, learners=10)))
        await asyncio.sleep(away)
        await come_back(world, desk)
    order = applied(world, "s", "b")
    assert [key[0] for key in order] == ["s"] * 30 + ["b"] * 30
    for learner in range(10):
        of_learner = [key for key in order[:30] if int(key[1:]) % 10 == learner]
        assert of_learner == [f"s{n}" for n in range(learner, 30, 10)]


async def test_an_intervention_that_was_probed_for_long_does_not_rest_on_return() -> None:
    world = World(Service.NOTIFICATION)
    backoff = Backoff(first=600.0, longest=600.0)
    async with world.at_work(world.new_desk(backoff=backoff)) as desk:
        await desk.take(0, world.arrivals(*interventions(1)))
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*interventions(3)[1:], *breaks(3, minutes=10**6)))
        await asyncio.sleep(LONG)
        back_at = asyncio.get_running_loop().time()
        await come_back(world, desk)
    assert set(applied(world, "s", "b")[:3]) == {"s0", "s1", "s2"}
    when = {call.key: call.at for call in world.service.calls}
    assert max(when[f"s{n}"] for n in range(3)) < back_at + 5.1


async def test_a_wait_that_the_service_asked_for_is_kept_to_even_by_interventions() -> None:
    world = World(Service.NOTIFICATION)
    world.service.scripts = {"s0": [Answer(429, retry_after="250")]}
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(*interventions(1)))
        await fall_silent(world, desk)
        await asyncio.sleep(60)
        world.service.down = None
        await until(lambda: desk.waiting == 0)
    first, second = [call.at for call in world.service.calls if call.key == "s0"]
    assert 250.0 <= second - first < 251.0


async def test_breaks_that_expired_meanwhile_are_dropped_uncalled() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*breaks(50, minutes=10), *interventions(5)))
        await asyncio.sleep(LONG)
        await come_back(world, desk)
    counted = world.store.counted()
    assert {counted[f"b{n}"] for n in range(50)} == {Outcome.EXPIRED}
    assert {counted[f"s{n}"] for n in range(5)} == {Outcome.DELIVERED}
    assert not set(world.service.keys) & {f"b{n}" for n in range(50)}


async def test_what_is_expired_does_not_keep_the_probe_from_what_is_not() -> None:
    world = World(Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await fall_silent(world, desk)
        await desk.take(0, world.arrivals(*breaks(300, minutes=1)))
        await asyncio.sleep(LONG)
        back_at = asyncio.get_running_loop().time()
        await come_back(world, desk)
    assert {call.key[0] for call in world.service.calls if call.at > back_at} == {"x"}


async def test_of_the_levels_that_wait_only_the_newest_is_delivered() -> None:
    world = World()
    levels = [action(LEVEL, action_id=f"v{n}", learner=f"l{n % 10}") for n in range(60)]
    async with world.at_work(world.new_desk()) as desk:
        world.service.down = 500
        for n in range(0, 60, 10):
            await desk.take(0, world.arrivals(*levels[n : n + 10]))
        await asyncio.sleep(60)
        await come_back(world, desk)
    counted = world.store.counted()
    assert {counted[f"v{n}"] for n in range(50)} == {Outcome.SUPERSEDED}
    assert {counted[f"v{n}"] for n in range(50, 60)} == {Outcome.DELIVERED}
    assert set(world.service.applied) == {f"v{n}" for n in range(50, 60)}


async def test_a_service_that_only_refuses_or_asks_to_wait_is_not_left_alone() -> None:
    world = World(Service.NOTIFICATION)
    world.service.down = 429
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(*breaks(40)))
        assert len(world.service.calls) >= 40
        world.service.down = 404
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert set(world.store.counted().values()) == {Outcome.REJECTED}


async def test_one_action_that_the_service_always_fails_on_holds_up_no_other() -> None:
    world = World()
    world.service.scripts = {"poison": [500] * 10**5}
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(action(PATH, action_id="poison", learner="p")))
        for n in range(200):
            await desk.take(0, world.arrivals(action(PATH, action_id=f"a{n}", learner="l")))
            await asyncio.sleep(1.0)
        assert len(world.service.applied) == 200
        assert desk.waiting == 1


async def test_alone_it_is_tried_by_the_breakers_waits_until_it_expires() -> None:
    world = World()
    world.service.scripts = {"poison": [500] * 10**5}
    async with world.at_work(world.new_desk(breaker=BreakerLimits(failures=3))) as desk:
        expiry = EVENT_AT + timedelta(seconds=LONG)
        one = action(PATH, action_id="poison", expires_at=expiry)
        await desk.take(0, world.arrivals(one))
        await asyncio.sleep(LONG)
        await until(lambda: desk.waiting == 0, within=120)
        await desk.close(0)
    (outcome,) = world.store.outcomes
    assert outcome.outcome is Outcome.EXPIRED
    assert outcome.at >= expiry
    assert 20 < outcome.attempts < 100
