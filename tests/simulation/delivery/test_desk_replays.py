"""What a service refused is replayed: attempted again, once, and ends in place of its old end."""

import contextlib
from random import Random

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.delivery.arrivals import Arrival
from orchestrator.delivery.desk import Desk
from tests.simulation.delivery.fakes import Crashed, World, until
from tests.simulation.delivery.test_books_crashes import crash_at
from tests.unit.delivery.samples import EVENT_AT, action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
SEL = ActionType.SEL_INTERVENTION
DELIVERED, REJECTED, SUPERSEDED = Outcome.DELIVERED, Outcome.REJECTED, Outcome.SUPERSEDED


def paths(count: int) -> list[Action]:
    return [action(PATH, action_id=f"p{n}") for n in range(count)]


async def refuse(world: World, desk: Desk, *actions: Action) -> None:
    world.service.down = 400
    await desk.take(0, world.arrivals(*actions))
    await until(lambda: desk.waiting == 0)
    world.service.down = None


async def replay(world: World, desk: Desk, *actions: Action) -> None:
    await desk.take(0, world.arrivals(*actions, replayed=True))
    await until(lambda: desk.waiting == 0)


def ends(world: World, key: str) -> list[tuple[Outcome, Outcome | None]]:
    """How an action ended, and what that replaces, in their order; repetitions once."""
    by_serial = {each.serial: each for each in world.store.outcomes}
    found = [each for _, each in sorted(by_serial.items()) if each.action_id == key]
    return [(each.outcome, each.replaces) for each in found]


async def test_it_is_sent_once_with_the_same_key_and_ends_in_place_of_its_refusal() -> None:
    world, (one,) = World(), paths(1)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, one)
        await replay(world, desk, one)
        await replay(world, desk, one)
        await desk.take(0, world.arrivals(one))  # the event was decided again
        await desk.close(0)
    assert world.service.keys == ["p0", "p0"]
    assert world.service.applied == ["p0"]
    assert ends(world, "p0") == [(REJECTED, None), (DELIVERED, REJECTED)]


async def test_two_records_of_one_replay_in_one_batch_are_one() -> None:
    world, (one,) = World(), paths(1)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, one)
        await replay(world, desk, one, one)
    assert world.service.keys == ["p0", "p0"]


async def test_what_was_refused_again_can_be_replayed_again() -> None:
    world, (one,) = World(), paths(1)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, one)
        world.service.scripts = {"p0": [422]}
        await replay(world, desk, one)
        await replay(world, desk, one)
        await desk.close(0)
    assert ends(world, "p0") == [(REJECTED, None), (REJECTED, REJECTED), (DELIVERED, REJECTED)]
    assert [bool(each.raw) for each in world.store.settled] == [True, True, False]


async def test_replayed_ones_arrive_in_their_order_behind_what_waits() -> None:
    world = World(Service.NOTIFICATION)
    newer = action(SEL, action_id="newer", learner="l")
    supports = [action(SEL, action_id=f"s{n}", learner="l") for n in range(3)]
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, *supports)
        world.service.scripts = {"newer": [500, 500]}
        await desk.take(0, world.arrivals(newer))
        await replay(world, desk, *supports)
    assert world.service.applied == ["newer", "s0", "s1", "s2"]


async def test_a_path_does_not_undo_a_newer_one_that_has_arrived() -> None:
    world, (old, new) = World(), paths(2)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, old)
        await desk.take(0, world.arrivals(new))
        await replay(world, desk, old)
        await desk.close(0)
    assert world.service.applied == ["p1"]
    assert ends(world, "p0") == [(REJECTED, None), (SUPERSEDED, REJECTED)]


async def test_a_path_does_not_undo_a_newer_one_that_arrives_just_before_it() -> None:
    world, (old, new) = World(), paths(2)
    world.store.seconds = 5.0
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, old)
        world.service.scripts = {"p1": [500, 500]}
        await desk.take(0, world.arrivals(new))
        await replay(world, desk, old)
        await desk.close(0)
    assert world.service.applied == ["p1"]
    assert world.store.counted() == {"p0": SUPERSEDED, "p1": DELIVERED}


async def test_paths_that_were_refused_together_all_arrive_and_the_newest_is_the_last() -> None:
    world, refused = World(), paths(4)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, *refused)
        for one in refused:
            await replay(world, desk, one)
        assert world.service.applied == ["p0", "p1", "p2", "p3"]


async def test_of_paths_replayed_the_wrong_way_round_the_older_ones_are_superseded() -> None:
    world, refused = World(), paths(3)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, *refused)
        for one in (refused[1], refused[0], refused[2]):
            await replay(world, desk, one)
        await desk.close(0)
    assert world.service.applied == ["p1", "p2"]
    assert world.store.counted() == {"p0": SUPERSEDED, "p1": DELIVERED, "p2": DELIVERED}


async def test_what_has_expired_meanwhile_ends_as_expired() -> None:
    world, one = World(), action(PATH, expires_at=EVENT_AT)
    arrivals = [Arrival(b"school-1/learner-7", 0, one)]
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, arrivals)
        await replay(world, desk, one)
    assert world.store.counted() == {"a1": Outcome.EXPIRED}
    assert world.service.calls == []


@pytest.mark.parametrize("temporary", [False, True])
async def test_a_level_is_not_sent_again(temporary: bool) -> None:
    world = World()
    parameters = {"suggested_level": "easy", "temporary": temporary}
    one = action(LEVEL, parameters=parameters)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, one)
        await replay(world, desk, one)
    assert len(world.service.calls) == 1
    assert world.store.counted() == {"a1": REJECTED}


async def test_what_arrived_or_never_was_here_is_passed_over() -> None:
    world, (arrived, unheard_of) = World(), paths(2)
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(arrived))
        await replay(world, desk, arrived, unheard_of)
    assert world.service.keys == ["p0"]
    assert world.store.counted() == {"p0": DELIVERED}


async def test_it_waits_durably_while_the_service_is_away_and_the_next_owner_knows_it() -> None:
    world, (one,) = World(), paths(1)
    async with world.at_work(world.new_desk()) as desk:
        await refuse(world, desk, one)
        world.service.down = 500
        await desk.take(0, world.arrivals(one, replayed=True))
        assert world.store.waiting() == 1
        await desk.close(0)
    world.service.down = None
    async with world.at_work(world.new_desk()) as desk:
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert ends(world, "p0") == [(REJECTED, None), (DELIVERED, REJECTED)]


@pytest.mark.parametrize("step", range(30))
async def test_wherever_a_worker_dies_each_has_one_end_more_and_is_applied_once(step: int) -> None:
    """The topic is read again from its begin by each worker that follows: nothing was committed."""
    world, random = World(), Random(step)
    world.service.down = 400
    everybody = [
        action(PATH, action_id=f"l{n}-p{m}", learner=f"l{n}") for n in range(4) for m in range(3)
    ]
    fresh, again = world.arrivals(*everybody), world.arrivals(*everybody, replayed=True)
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, fresh)
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    world.service.down = None
    for crash in (step, random.randrange(10), None):
        world.store.step = (lambda _name: None) if crash is None else crash_at(crash)
        with contextlib.suppress(Crashed, ExceptionGroup):
            async with world.at_work(world.new_desk()) as desk:
                await desk.take(0, fresh)
                await desk.take(0, again)
                await until(lambda: desk.waiting == 0)
                await desk.close(0)
    assert set(world.store.counted().values()) == {DELIVERED}
    assert all(
        ends(world, one.action_id) == [(REJECTED, None), (DELIVERED, REJECTED)] for one in everybody
    )
    assert sorted(world.service.applied) == sorted(one.action_id for one in everybody)
    for n in range(4):
        order = [key for key in world.service.applied if key.startswith(f"l{n}-")]
        assert order == sorted(order)
