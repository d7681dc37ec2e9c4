"""Partitions come and go while actions are under way."""

import asyncio

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome
from orchestrator.delivery.breaker import BreakerLimits
from orchestrator.delivery.desk import DeskLimits
from orchestrator.errors import OwnershipLost
from tests.simulation.delivery.fakes import Crashed, World, until
from tests.unit.delivery.samples import action

PATH = ActionType.LEARNING_PATH_UPDATE
NEVER_OPEN = BreakerLimits(failures=10**9)
now = asyncio.get_running_loop


def paths(count: int, learners: int = 10**9) -> list[Action]:
    return [action(PATH, action_id=f"p{n}", learner=f"l{n % learners}") for n in range(count)]


async def test_a_partition_that_is_not_here_takes_nothing() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        with pytest.raises(OwnershipLost):
            await desk.take(1, world.arrivals(*paths(1)))
        await desk.close(0)
        with pytest.raises(OwnershipLost):
            await desk.take(0, world.arrivals(*paths(1)))
    assert world.service.calls == []


async def test_closing_what_was_never_opened_is_nothing() -> None:
    world = World()
    await world.new_desk().close(7)
    assert world.store.groups == []


async def test_a_worker_that_stood_still_calls_nobody_until_its_group_has_spoken() -> None:
    world = World()
    world.is_current = False
    async with world.at_work(world.new_desk()) as desk:
        taking = asyncio.create_task(desk.take(0, world.arrivals(*paths(5))))
        await asyncio.sleep(60)
        assert world.service.calls == []
        world.is_current = True
        await taking
        await until(lambda: desk.waiting == 0)
    assert sorted(world.service.applied) == [f"p{n}" for n in range(5)]


async def test_attempts_that_end_within_the_grace_end_their_actions() -> None:
    world = World()
    world.service.seconds = 1.5
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(*paths(5)))
        await desk.close(0)
        assert len(world.store.counted()) == 5
    assert world.service.broken_off == []


async def test_attempts_that_take_longer_are_broken_off_and_made_again_by_the_next() -> None:
    world = World()
    world.service.seconds = 15.0
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(*paths(5)))
        began = now().time()
        await desk.close(0)
        assert now().time() - began == pytest.approx(1.0, abs=0.1)
        assert sorted(world.service.broken_off) == [f"p{n}" for n in range(5)]
        assert world.service.under_way == 0
    world.service.seconds = 0.0
    async with world.at_work(world.new_desk()) as desk:
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert set(world.store.counted().values()) == {Outcome.DELIVERED}
    assert len(world.store.counted()) == 5


async def test_after_closing_nothing_is_attempted_for_the_partition_and_others_go_on() -> None:
    world = World()
    world.service.down = 429
    desk = world.new_desk()
    async with world.at_work(desk):
        await desk.open(1)
        await desk.take(0, world.arrivals(*paths(20)))
        await desk.take(1, world.arrivals(action(PATH, action_id="other", learner="other")))
        await desk.close(0)
        world.service.calls.clear()
        world.service.down = None
        await until(lambda: desk.waiting == 0)
        await asyncio.sleep(60)
    assert world.service.keys == ["other"]
    assert (len(desk._queues), len(desk._queues.agenda)) == (0, 0)


async def test_closed_between_the_choice_of_a_lane_and_its_beginning_nothing_begins() -> None:
    world = World()
    desk = world.new_desk()
    async with world.at_work(desk):
        taking = asyncio.create_task(desk.take(0, world.arrivals(*paths(1))))
        for _ in range(100):
            if any(lane.busy for lane in desk._queues.of(0)):
                break
            await asyncio.sleep(0)
        assert world.service.calls == []
        await desk.close(0)
        await asyncio.gather(taking, return_exceptions=True)
        await desk.open(0)
        await until(lambda: desk.waiting == 0)
        await desk.take(0, world.arrivals(action(PATH, action_id="next")))
    assert world.service.applied == ["p0", "next"]


async def test_a_batch_that_waits_for_room_ends_with_its_partition() -> None:
    world = World()
    world.service.down = 429
    desk = world.new_desk(DeskLimits(parked=3))
    async with world.at_work(desk):
        await desk.take(0, world.arrivals(*paths(5)))
        taking = asyncio.create_task(desk.take(0, world.arrivals(action(PATH, action_id="new"))))
        await asyncio.sleep(30)
        assert not taking.done()
        await desk.close(0)
        async with asyncio.timeout(10):
            with pytest.raises(OwnershipLost):
                await taking
        world.service.down = None
        await desk.open(0)
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert set(world.store.counted()) == {f"p{n}" for n in range(5)}


async def test_a_batch_under_way_is_durable_when_its_partition_has_closed() -> None:
    world = World()
    world.service.seconds, world.store.seconds = 0.7, 0.05
    batch = world.arrivals(*paths(40, learners=4))
    async with world.at_work(world.new_desk()) as desk:
        taking = asyncio.create_task(desk.take(0, batch))
        await asyncio.sleep(0.4)
        await desk.close(0)
        await taking
    ended, waiting = len(world.store.counted()), world.store.waiting()
    assert ended > 0
    assert ended + waiting == 40


async def test_open_again_on_the_same_desk_it_goes_on_where_it_was() -> None:
    world = World()
    world.service.down = 500
    desk = world.new_desk()
    async with world.at_work(desk):
        await desk.take(0, world.arrivals(*paths(30, learners=3)))
        for _ in range(5):
            await desk.close(0)
            await desk.open(0)
            assert desk.waiting == 30
        world.service.down = None
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert len(world.store.counted()) == 30
    for learner in range(3):
        order = [key for key in world.service.applied if int(key[1:]) % 3 == learner]
        assert order == [f"p{n}" for n in range(learner, 30, 3)]


async def test_lanes_of_partitions_that_went_are_not_held_until_they_would_be_due() -> None:
    world = World()
    world.service.down = 500
    desk = world.new_desk()
    async with world.at_work(desk):
        await desk.take(0, world.arrivals(*paths(100)))
        for _ in range(20):
            await desk.close(0)
            await desk.open(0)
        assert len(desk._queues.agenda) <= 100
        assert len(desk._queues) == 100


async def test_what_kafka_does_not_take_stops_the_engine() -> None:
    world = World()
    world.service.down = 429
    desk = world.new_desk()
    await desk.open(0)
    engine = asyncio.create_task(desk.run())
    await desk.take(0, world.arrivals(*paths(1)))

    def crash(name: str) -> None:
        raise Crashed(name)

    world.store.step = crash
    world.service.down = None
    with pytest.raises(ExceptionGroup) as failed:
        await engine
    assert failed.group_contains(Crashed)


async def test_what_kafka_does_not_take_fails_the_batch() -> None:
    world = World()

    def crash(name: str) -> None:
        raise Crashed(name)

    world.store.step = crash
    desk = world.new_desk()
    await desk.open(0)
    with pytest.raises(Crashed):
        await desk.take(0, world.arrivals(*paths(1)))


@pytest.mark.parametrize("seed", range(5))
async def test_places_are_never_lost_whenever_partitions_go(seed: int) -> None:
    world = World(seed=seed)
    world.service.seconds = 0.3
    desk = world.new_desk(DeskLimits(in_flight=4, grace=0.1), breaker=NEVER_OPEN)
    async with world.at_work(desk):
        for turn in range(40):
            world.service.down = world.random.choice([None, 429, 500])
            batch = [action(PATH, action_id=f"{turn}-{n}", learner=f"l{n}") for n in range(6)]
            taking = asyncio.create_task(desk.take(0, world.arrivals(*batch)))
            await asyncio.sleep(world.random.random() * 0.5)
            await desk.close(0)
            await asyncio.gather(taking, return_exceptions=True)
            await desk.open(0)
        world.service.down, world.service.most_under_way = None, 0
        await until(lambda: desk.waiting == 0)
        await desk.take(
            0, world.arrivals(*[action(PATH, action_id=f"n{n}", learner=f"m{n}") for n in range(9)])
        )
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert world.service.most_under_way == 4
