"""What waits, what takes its place, what is over, and what came before."""

import asyncio
from datetime import timedelta

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.delivery.breaker import BreakerLimits
from orchestrator.delivery.desk import Desk, DeskLimits
from orchestrator.delivery.verdicts import Answer
from tests.simulation.delivery.fakes import World, until
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION
NEVER_OPEN = BreakerLimits(failures=10**9)


def level(action_id: str, *, temporary: bool = False, learner: str = "l") -> Action:
    parameters = PARAMETERS[LEVEL] | {"temporary": temporary}
    return action(LEVEL, action_id=action_id, parameters=parameters, learner=learner)


async def taken_while_down(world: World, desk: Desk, *actions: Action) -> None:
    """Take the actions one batch each, while the service answers 500; then it returns."""
    world.service.down = 500
    for one in actions:
        await desk.take(0, world.arrivals(one))
    world.service.down = None
    await until(lambda: desk.waiting == 0)
    await desk.close(0)


async def test_what_is_parked_goes_on_as_soon_as_the_service_returns() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        world.service.down = 500
        await desk.take(0, world.arrivals(*[action(PATH, action_id=str(n)) for n in range(20)]))
        assert (desk.waiting, world.store.waiting()) == (20, 20)
        await asyncio.sleep(600)
        world.service.down = None
        await until(lambda: desk.waiting == 0, within=60)
        await desk.close(0)
    assert world.service.applied == [str(n) for n in range(20)]
    assert world.store.waiting() == 0
    assert set(world.store.counted().values()) == {Outcome.DELIVERED}


async def test_a_newer_level_takes_the_place_of_one_that_was_not_taken() -> None:
    world = World()
    async with world.at_work(world.new_desk(breaker=NEVER_OPEN)) as desk:
        await taken_while_down(world, desk, level("old"), level("new"))
    assert world.store.counted() == {"old": Outcome.SUPERSEDED, "new": Outcome.DELIVERED}
    assert world.service.applied == ["new"]


async def test_temporary_and_permanent_levels_never_take_one_anothers_place() -> None:
    world = World()
    ones = [level("p1"), level("t1", temporary=True), level("p2"), level("t2", temporary=True)]
    async with world.at_work(world.new_desk(breaker=BreakerLimits(failures=1))) as desk:
        await taken_while_down(world, desk, level("first", learner="other"), *ones)
    assert world.store.counted() == {
        "first": Outcome.DELIVERED,
        "p1": Outcome.SUPERSEDED,
        "t1": Outcome.SUPERSEDED,
        "p2": Outcome.DELIVERED,
        "t2": Outcome.DELIVERED,
    }
    assert [key for key in world.service.applied if key != "first"] == ["p2", "t2"]


async def test_a_permanent_level_stays_where_only_temporary_ones_follow() -> None:
    world = World()
    ones = [level("p1"), level("t1", temporary=True)]
    async with world.at_work(world.new_desk(breaker=NEVER_OPEN)) as desk:
        await taken_while_down(world, desk, *ones)
    assert world.service.applied == ["p1", "t1"]


async def test_levels_of_one_batch_are_all_delivered_while_the_service_takes_them() -> None:
    world = World()
    world.service.seconds = 0.4
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(*(level(str(n)) for n in range(8))))
        await until(lambda: desk.waiting == 0)
    assert world.service.applied == [str(n) for n in range(8)]


@pytest.mark.parametrize("kind", [PATH, BREAK, SEL])
async def test_nothing_but_levels_is_superseded(kind: ActionType) -> None:
    world = World(Service.LEARNER if kind is PATH else Service.NOTIFICATION)
    async with world.at_work(world.new_desk()) as desk:
        await taken_while_down(world, desk, *(action(kind, action_id=str(n)) for n in range(9)))
    assert world.service.applied == [str(n) for n in range(9)]


async def test_a_level_of_another_learner_supersedes_nothing() -> None:
    world = World()
    async with world.at_work(world.new_desk(breaker=NEVER_OPEN)) as desk:
        await taken_while_down(world, desk, level("a"), level("b", learner="other"))
    assert set(world.service.applied) == {"a", "b"}


async def test_a_parked_action_is_never_called_once_it_has_expired() -> None:
    world = World(Service.NOTIFICATION)
    expiry = EVENT_AT + timedelta(minutes=10)
    async with world.at_work(world.new_desk()) as desk:
        world.service.down = 500
        batch = [action(BREAK, action_id=str(n), expires_at=expiry) for n in range(5)]
        await desk.take(0, world.arrivals(*batch))
        await asyncio.sleep(3600)
        world.service.down = None
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert set(world.store.counted().values()) == {Outcome.EXPIRED}
    assert world.service.applied == []
    assert all(call.at < 600 for call in world.service.calls)
    first = next(o for o in world.store.outcomes if o.action_id == "0")
    assert (first.detail, first.attempts > 0) == ("expired, answered 500: said", True)


async def test_an_action_that_the_service_asked_to_wait_beyond_its_expiry_is_not_called_again() -> (
    None
):
    world = World(Service.NOTIFICATION)
    world.service.scripts = {"0": [Answer(429, retry_after="200")]}
    expiry = EVENT_AT + timedelta(seconds=120)
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(action(BREAK, action_id="0", expires_at=expiry)))
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert world.service.keys == ["0"]
    (outcome,) = world.store.outcomes
    assert outcome.outcome is Outcome.EXPIRED
    assert outcome.at >= expiry


async def test_retry_after_is_waited_for() -> None:
    world = World()
    world.service.scripts = {"a1": [Answer(429, retry_after="77")]}
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(action()))
        await until(lambda: desk.waiting == 0)
    first, second = world.service.calls
    assert 77.0 <= second.at - first.at < 78.0


async def test_the_same_action_again_changes_nothing() -> None:
    world = World()
    world.service.scripts = {"parked": [429] * 10**4}
    batch = [action(LEVEL, action_id=key, learner=key) for key in ("done", "parked")]
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(*batch, *batch))
        await desk.take(0, world.arrivals(*batch))
        assert desk.waiting == 1
        assert world.store.counted() == {"done": Outcome.DELIVERED}
        assert world.service.keys.count("done") == 1
        assert world.store.waiting() == 1


async def test_a_batch_read_again_after_a_crash_changes_nothing_however_long_it_is() -> None:
    world = World()
    batch = world.arrivals(*[action(PATH, action_id=f"p{n}") for n in range(300)])
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, batch)
        assert len(world.store.counted()) == 300
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, batch)
        await desk.take(0, world.arrivals(action(PATH, action_id="new")))
    assert world.service.keys == [f"p{n}" for n in range(300)] + ["new"]
    assert len(world.store.counted()) == 301


async def test_another_worker_goes_on_with_what_waits_in_its_order() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(*[action(PATH, action_id=str(n)) for n in range(9)]))
    world.service.down = None
    async with world.at_work(world.new_desk()) as desk:
        assert desk.waiting == 9
        await desk.take(0, world.arrivals(action(PATH, action_id="9")))
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert world.service.applied == [str(n) for n in range(10)]
    assert set(world.store.counted()) == {str(n) for n in range(10)}


async def test_what_another_worker_superseded_here_it_supersedes_there() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(level("old")))
        await desk.take(0, world.arrivals(level("new")))
    world.service.down = None
    async with world.at_work(world.new_desk()) as desk:
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert world.store.counted() == {"old": Outcome.SUPERSEDED, "new": Outcome.DELIVERED}


async def test_above_its_limit_a_partition_takes_no_more_and_goes_on_when_there_is_room() -> None:
    world = World()
    desk = world.new_desk(DeskLimits(parked=10), breaker=NEVER_OPEN)
    batches = [
        [action(PATH, action_id=f"{b}-{n}", learner=f"l{n}") for n in range(11)] for b in "ab"
    ]
    async with world.at_work(desk):
        world.service.down = 500
        await desk.take(0, world.arrivals(*batches[0]))
        taking = asyncio.create_task(desk.take(0, world.arrivals(*batches[1])))
        await asyncio.sleep(600)
        assert not taking.done()
        assert desk.waiting == 11
        world.service.down = None
        await taking
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert len(world.store.counted()) == 22


async def test_batches_abreast_that_find_no_room_are_taken_in_their_order() -> None:
    world = World()
    world.service.seconds = 0.01
    desk = world.new_desk(DeskLimits(parked=2, in_flight=1))
    ids = [f"{n:02}" for n in range(30)]
    taking = []
    async with world.at_work(desk):
        for each in ids:  # the next comes at the very moment at which there is room
            batch = world.arrivals(action(PATH, action_id=each))
            taking.append(asyncio.create_task(desk.take(0, batch)))
            await asyncio.sleep(0.01 if len(taking) > 5 else 0.0)
        await asyncio.gather(*taking)
        await desk.close(0)
    assert world.service.keys == ids


async def test_a_partition_full_of_breaks_still_takes_interventions() -> None:
    world = World(Service.NOTIFICATION)
    desk = world.new_desk(DeskLimits(parked=10), breaker=NEVER_OPEN)
    async with world.at_work(desk):
        world.service.down = 500
        await desk.take(0, world.arrivals(*[action(BREAK, action_id=f"b{n}") for n in range(12)]))
        sel = action(SEL, action_id="sel", expires_at=None)
        await asyncio.wait_for(desk.take(0, world.arrivals(sel)), timeout=10)
        assert desk.waiting == 13


async def test_nothing_of_what_has_ended_is_held() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        for n in range(50):
            ones = [action(LEVEL, action_id=f"{n}-{m}", learner=f"l{m}") for m in range(20)]
            await desk.take(0, world.arrivals(*ones))
        assert desk.waiting == 0
        assert (len(desk._queues), len(desk._queues.agenda)) == (0, 0)
        assert desk._books[0]._learners == {}


async def test_what_is_superseded_is_so_durably_before_the_newer_one_is_called() -> None:
    world = World()
    world.service.scripts = {"new": [200]}
    ended_at_call: list[set[str]] = []

    async with world.at_work(world.new_desk(breaker=NEVER_OPEN)) as desk:
        world.service.down = 500
        await desk.take(0, world.arrivals(level("older"), level("old")))
        world.service.on_call = lambda key: ended_at_call.extend(
            [set(world.store.counted())] if key == "new" else []
        )
        await desk.take(0, world.arrivals(level("new")))
        await until(lambda: desk.waiting == 0)
        await desk.close(0)

    assert ended_at_call == [{"older", "old"}]


async def test_so_is_what_is_superseded_while_the_service_is_away() -> None:
    world = World()
    ended_at_call: list[set[str]] = []
    async with world.at_work(world.new_desk()) as desk:
        world.service.down = 500
        others = [action(PATH, action_id=f"p{n}", learner=f"p{n}") for n in range(10)]
        await desk.take(0, world.arrivals(*others))
        await desk.take(0, world.arrivals(level("older")))
        world.store.seconds = 30.0
        world.service.down = None
        world.service.on_call = lambda key: ended_at_call.extend(
            [set(world.store.counted())] if key == "new" else []
        )
        await desk.take(0, world.arrivals(level("new")))
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert len(ended_at_call) == 1
    assert "older" in ended_at_call[0]
