"""What waits for what, and what goes side by side."""

import asyncio

import pytest

from orchestrator.core.actions import ActionType, Outcome, Service
from orchestrator.delivery.desk import DeskLimits
from tests.simulation.delivery.fakes import World, until
from tests.unit.delivery.samples import EVENT_AT, action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION


async def test_each_action_ends_as_the_service_says() -> None:
    world = World()
    world.service.scripts = {"b": [500, 503], "c": [404]}
    async with world.at_work(world.new_desk()) as desk:
        batch = [action(LEVEL, action_id=key, learner=f"l-{key}") for key in "abc"]
        await desk.take(0, world.arrivals(*batch))
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    told = {(o.action_id, o.outcome, o.status, o.attempts) for o in world.store.outcomes}
    assert told == {
        ("a", Outcome.DELIVERED, 200, 1),
        ("b", Outcome.DELIVERED, 200, 3),
        ("c", Outcome.REJECTED, 404, 1),
    }
    assert sorted(world.told.ended) == sorted(world.store.counted().items())


async def test_a_taken_batch_is_durable() -> None:
    world = World()
    world.store.seconds = 0.3
    world.service.scripts = {"b": [500] * 50}
    async with world.at_work(world.new_desk()) as desk:
        batch = [action(LEVEL, action_id=key, learner=f"l-{key}") for key in "abc"]
        await desk.take(0, world.arrivals(*batch))
        assert set(world.store.counted()) == {"a", "c"}
        assert world.store.waiting() == 1


async def test_a_learners_actions_of_a_type_wait_for_one_another_through_retries() -> None:
    world = World()
    world.service.scripts = {"a1": [500, 500], "b1": [500], "b2": [429]}
    async with world.at_work(world.new_desk()) as desk:
        batch = [
            action(PATH, action_id=f"{learner}{n}", learner=learner)
            for n in (1, 2, 3)
            for learner in "ab"
        ]
        await desk.take(0, world.arrivals(*batch))
        await until(lambda: desk.waiting == 0)
    assert [key for key in world.service.keys if key[0] == "a"] == ["a1", "a1", "a1", "a2", "a3"]
    assert [k for k in world.service.keys if k[0] == "b"] == ["b1", "b1", "b2", "b2", "b3"]


async def test_what_comes_in_a_later_batch_stands_behind_what_waits() -> None:
    world = World()
    world.service.scripts = {"p1": [500] * 6}
    async with world.at_work(world.new_desk()) as desk:
        for n in range(1, 6):
            await desk.take(0, world.arrivals(action(PATH, action_id=f"p{n}")))
        await until(lambda: desk.waiting == 0)
    assert world.service.applied == ["p1", "p2", "p3", "p4", "p5"]


@pytest.mark.parametrize(
    ("stuck", "free"),
    [
        (action(LEVEL, action_id="stuck"), action(PATH, action_id="free")),
        (action(LEVEL, action_id="stuck"), action(LEVEL, action_id="free", learner="other")),
        (action(LEVEL, action_id="stuck"), action(LEVEL, action_id="free", tenant="other")),
    ],
    ids=["another type", "another learner", "the same id at another school"],
)
async def test_what_is_independent_is_not_held_up(stuck: object, free: object) -> None:
    world = World()
    world.service.scripts = {"stuck": [429] * 1000}
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(stuck, free))  # type: ignore[arg-type]
        assert world.store.counted() == {"free": Outcome.DELIVERED}
        assert desk.waiting == 1


async def test_one_stubborn_action_holds_up_its_batch_for_a_moment_and_the_next_not_at_all() -> (
    None
):
    world = World()
    world.service.scripts = {"stuck": [429] * 1000}
    now = asyncio.get_running_loop().time
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(action(LEVEL, action_id="stuck")))
        began = now()
        for n in range(100):
            await desk.take(0, world.arrivals(action(LEVEL, action_id=f"a{n}", learner="other")))
        assert now() - began < 0.1
    assert len(world.service.applied) == 100


async def test_a_silent_service_holds_up_a_batch_no_longer_than_its_first_chance() -> None:
    world = World()
    world.service.seconds = 15.0
    now = asyncio.get_running_loop().time
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(action(LEVEL)))
        assert now() == pytest.approx(1.0, abs=0.1)
        assert world.store.waiting() == 1


async def test_an_intervention_overtakes_the_breaks_that_wait() -> None:
    world = World(Service.NOTIFICATION)
    desk = world.new_desk(DeskLimits(in_flight=1))
    await desk.open(0)
    breaks = [action(BREAK, action_id=f"b{n}", learner=f"l{n}") for n in range(5)]
    sel = [action(SEL, action_id=f"s{n}", learner=f"l{n}", expires_at=None) for n in range(5)]
    taking = [asyncio.create_task(desk.take(0, world.arrivals(*batch))) for batch in (breaks, sel)]
    await asyncio.sleep(0.5)
    engine = asyncio.create_task(desk.run())
    await asyncio.gather(*taking)
    engine.cancel()
    assert world.service.keys == [f"s{n}" for n in range(5)] + [f"b{n}" for n in range(5)]


async def test_no_more_than_the_set_number_is_in_flight_over_all_partitions() -> None:
    world = World()
    world.service.seconds = 0.1
    async with world.at_work(world.new_desk(DeskLimits(in_flight=4))) as desk:
        for partition in range(1, 3):
            await desk.open(partition)
        batches = [
            world.arrivals(
                *(action(action_id=f"{part}-{n}", learner=f"{part}-{n}") for n in range(20))
            )
            for part in range(3)
        ]
        await asyncio.gather(*(desk.take(part, batch) for part, batch in enumerate(batches)))
        await until(lambda: desk.waiting == 0)
    assert world.service.most_under_way == 4
    assert len(world.service.applied) == 60


async def test_an_expired_action_is_not_called_and_does_not_stop_the_next() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        batch = [action(LEVEL, action_id="old", expires_at=EVENT_AT), action(action_id="new")]
        await desk.take(0, world.arrivals(*batch))
    assert world.store.counted() == {"old": Outcome.EXPIRED, "new": Outcome.DELIVERED}
    assert world.service.keys == ["new"]
    assert world.store.outcomes[0].attempts == 0


async def test_what_cannot_be_sent_has_failed_and_does_not_stop_the_next() -> None:
    world = World()
    naive = EVENT_AT.replace(tzinfo=None)
    async with world.at_work(world.new_desk()) as desk:
        batch = [
            action(LEVEL, action_id="no level", parameters={}),
            action(LEVEL, action_id="no zone", expires_at=naive),
            action(BREAK, action_id="astray"),
            action(LEVEL, action_id="good"),
        ]
        await desk.take(0, world.arrivals(*batch))
    assert world.store.counted() == {
        "no level": Outcome.FAILED,
        "no zone": Outcome.FAILED,
        "astray": Outcome.FAILED,
        "good": Outcome.DELIVERED,
    }
    assert world.service.keys == ["good"]


async def test_an_empty_batch_is_taken() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, [])
    assert world.store.groups == []
