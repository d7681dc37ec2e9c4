"""A learner is erased while actions wait: they end so, and what was decided since goes on."""

import asyncio
import contextlib
from random import Random

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service
from orchestrator.core.ids import learner_key
from orchestrator.delivery.arrivals import Arrival, ErasureArrival
from orchestrator.delivery.desk import DeskLimits
from orchestrator.delivery.rows import (
    LearnerRow,
    RowKeys,
    Settled,
    decode_learner_row,
    decode_partition_row,
)
from orchestrator.delivery.settling import Backoff
from tests.simulation.delivery.fakes import Crashed, World, until
from tests.simulation.delivery.test_books_crashes import crash_at
from tests.unit.delivery.samples import action

LEVEL, PATH = ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE
BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION
DELIVERED, ERASED = Outcome.DELIVERED, Outcome.ERASED
LEARNER_TOPIC = frozenset({LEVEL, PATH})

Arrivals = list[Arrival | ErasureArrival]


def path(name: str, learner: str = "l") -> Action:
    return action(PATH, action_id=name, learner=learner, expires_at=None)


def erasure(
    world: World,
    decided: int,
    kinds: frozenset[ActionType] = LEARNER_TOPIC,
    learner: str = "l",
) -> Arrivals:
    """The record as it stands next in the topic; `decided`: the place of its event."""
    arrival = ErasureArrival(learner_key("school-1", learner), world.offset, decided, kinds)
    world.offset += 1
    return [arrival]


def row_of(world: World, learner: str = "l") -> LearnerRow:
    raw = world.store.table[RowKeys(world.service.service).learner(f"school-1/{learner}".encode())]
    return decode_learner_row(raw)


def outbox_of(world: World) -> list[Settled]:
    return decode_partition_row(world.store.table[RowKeys(world.service.service).partition]).outbox


async def test_what_waits_ends_as_erased_at_once_and_is_never_called_for_again() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(path("p0"), path("p1"), path("other", "m")))
        await desk.take(0, erasure(world, 10))
        assert (desk.waiting, world.store.waiting()) == (1, 1)
        assert world.store.counted() == {"p0": ERASED, "p1": ERASED}
        calls = world.service.keys.count("p0")
        world.service.down = None
        await until(lambda: desk.waiting == 0)
    assert world.service.applied == ["other"]
    assert world.service.keys.count("p0") == calls


async def test_what_was_decided_since_is_delivered() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(path("before")))
        batch = [*erasure(world, 10), *world.arrivals(path("after"))]
        await desk.take(0, batch)
        world.service.down = None
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert world.store.counted() == {"before": ERASED, "after": DELIVERED}


async def test_of_one_batch_nothing_before_the_erasure_is_attempted() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        before = world.arrivals(path("p0"), path("p1"))
        await desk.take(0, [*before, *erasure(world, 10), *world.arrivals(path("p2"))])
        await desk.close(0)
    assert world.service.keys == ["p2"]
    assert world.store.counted() == {"p0": ERASED, "p1": ERASED, "p2": DELIVERED}


async def test_both_come_again_and_nothing_changes() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        batch: Arrivals = [*world.arrivals(path("before")), *erasure(world, 10)]
        batch += world.arrivals(path("after"))
        await desk.take(0, batch)
        await desk.take(0, batch)  # read again
        again: Arrivals = [*world.arrivals(path("before")), *erasure(world, 10)]
        again += world.arrivals(path("after"))
        await desk.take(0, again)  # decided again
        world.service.down = None
        await until(lambda: desk.waiting == 0)
        await desk.take(0, [*world.arrivals(path("before")), *erasure(world, 10)])
        await desk.close(0)
    assert world.service.applied == ["after"]
    assert world.store.counted() == {"before": ERASED, "after": DELIVERED}


async def test_of_two_erasures_that_come_again_neither_takes_what_came_since() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        for _ in range(2):
            batch: Arrivals = [*world.arrivals(path("p0")), *erasure(world, 10)]
            batch += [*world.arrivals(path("p1")), *erasure(world, 12)]
            batch += world.arrivals(path("p2"))
            await desk.take(0, batch)
        world.service.down = None
        await until(lambda: desk.waiting == 0)
    assert world.service.applied == ["p2"]
    assert world.store.counted() == {"p0": ERASED, "p1": ERASED, "p2": DELIVERED}


@pytest.mark.parametrize(("reply", "end"), [(200, DELIVERED), (500, ERASED), (400, ERASED)])
async def test_a_call_under_way_is_let_finish_and_leaves_nothing_behind(
    reply: int, end: Outcome
) -> None:
    world = World()
    world.service.seconds = 5.0
    world.service.scripts = {"l0": [reply]}
    level = action(LEVEL, action_id="l0", learner="l", expires_at=None)
    async with world.at_work(world.new_desk()) as desk:
        taking = asyncio.create_task(desk.take(0, world.arrivals(level, path("p0"))))
        await until(lambda: world.service.under_way == 2)
        await desk.take(0, erasure(world, 10))
        await until(lambda: desk.waiting == 0)
        await taking
        await desk.close(0)
    assert world.store.counted() == {"l0": end, "p0": DELIVERED}
    row = row_of(world)
    assert (row.level, row.refused, row.arrived) == (None, {}, {})
    assert outbox_of(world) == []


async def test_the_outbox_does_not_name_the_learner_until_the_next_action_ends() -> None:
    world = World()
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(path("p0")))
        assert [each.outcome.learner_id for each in outbox_of(world)] == ["l"]
        await desk.take(0, erasure(world, 10))
        assert outbox_of(world) == []


async def test_what_is_remembered_of_the_learner_goes_but_for_places_and_hashes() -> None:
    world = World()
    level = action(LEVEL, action_id="l0", learner="l")
    async with world.at_work(world.new_desk()) as desk:
        world.service.scripts = {"p0": [400]}
        await desk.take(0, world.arrivals(level, path("p0"), path("p1")))
        assert row_of(world).refused
        await desk.take(0, erasure(world, 10))
        await desk.take(0, world.arrivals(path("p0"), replayed=True))
    row = row_of(world)
    assert (row.level, row.refused, row.arrived) == (None, {}, {})
    assert len(row.ended) == 3 * 8
    assert world.service.keys == ["l0", "p0", "p1"]


async def test_an_erasure_before_a_flush_leaves_nothing_of_ends_that_are_not_written_yet() -> None:
    world = World()
    world.store.seconds = 3.0
    level = action(LEVEL, action_id="l0", learner="l")
    async with world.at_work(world.new_desk()) as desk:
        taking = asyncio.create_task(desk.take(0, world.arrivals(level)))
        await until(lambda: world.service.applied == ["l0"])
        await desk.take(0, erasure(world, 10))
        await taking
    assert row_of(world).level is None
    assert world.store.counted() == {"l0": DELIVERED}


async def test_the_urgent_and_the_ordinary_topic_are_erased_each_in_its_own_order() -> None:
    world = World(Service.NOTIFICATION)
    world.service.down = 500
    support, pause = (
        action(kind, action_id=kind, learner="l", expires_at=None) for kind in (SEL, BREAK)
    )
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(pause))
        await desk.take(0, world.arrivals(support))
        await desk.take(0, erasure(world, 10, frozenset({BREAK})))
        assert world.store.counted() == {BREAK: ERASED}
        await desk.take(0, erasure(world, 10, frozenset({SEL})))
        assert world.store.counted() == {BREAK: ERASED, SEL: ERASED}
        assert desk.waiting == 0


async def test_the_next_owner_ends_what_the_last_one_had_no_time_for() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(path("p0")))
        await until(lambda: world.service.keys.count("p0") > 2)
        world.service.seconds = 1e6
        await until(lambda: world.service.under_way == 1, within=600)
        await desk.take(0, erasure(world, 10))
        assert desk.waiting == 1
    world.service.down, world.service.seconds = None, 0.0
    calls = len(world.service.calls)
    async with world.at_work(world.new_desk()) as desk:
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    assert world.store.counted() == {"p0": ERASED}
    assert len(world.service.calls) == calls


async def test_a_crash_after_a_later_action_was_called_does_not_let_an_erased_one_follow() -> None:
    world = World()
    world.service.down = 500
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, world.arrivals(path("before")))
    world.service.down = None
    world.service.scripts = {"before": [500]}
    world.store.seconds = 5.0
    topic: Arrivals = [*erasure(world, 10), *world.arrivals(path("after"))]
    desk = world.new_desk(backoff=Backoff(first=3600.0, longest=3600.0))
    async with world.at_work(desk):
        taking = asyncio.create_task(desk.take(0, topic))
        await until(lambda: world.service.applied == ["after"])
        taking.cancel()
    world.store.seconds = 0.0
    async with world.at_work(world.new_desk()) as desk:
        await until(lambda: desk.waiting == 0)
        await desk.take(0, topic)
        await desk.close(0)
    assert world.service.applied == ["after"]
    assert world.store.counted() == {"before": ERASED, "after": DELIVERED}


async def test_an_erasure_needs_no_room() -> None:
    world = World()
    world.service.down = 500
    limits = DeskLimits(parked=2)
    async with world.at_work(world.new_desk(limits)) as desk:
        await desk.take(0, world.arrivals(*(path(f"p{n}") for n in range(5))))
        await desk.take(0, [*erasure(world, 10), *world.arrivals(path("after"))])
        assert desk.waiting == 1


@pytest.mark.parametrize("step", range(14))
async def test_wherever_the_worker_dies_each_action_has_one_end_and_no_erased_one_is_sent(
    step: int,
) -> None:
    world, random = World(seed=step), Random(step)
    world.service.down = 500
    topic: Arrivals = [
        *world.arrivals(*(path(f"b{n}", random.choice("lm")) for n in range(20))),
        *erasure(world, 100),
        *world.arrivals(*(path(f"a{n}", random.choice("lm")) for n in range(20))),
    ]
    erased = {
        each.action.action_id
        for each in topic[:20]
        if isinstance(each, Arrival) and each.key == b"school-1/l"
    }
    world.store.step = crash_at(step)
    with contextlib.suppress(Crashed, ExceptionGroup):
        async with world.at_work(world.new_desk()) as desk:
            for begin in range(0, len(topic), 10):
                await desk.take(0, topic[begin : begin + 10])
    world.store.step = lambda _name: None
    async with world.at_work(world.new_desk()) as desk:
        await desk.take(0, topic)  # what was not committed
        world.service.down = None
        await until(lambda: desk.waiting == 0)
        await desk.close(0)
    ends = world.store.counted()
    assert {name for name, end in ends.items() if end is ERASED} == erased
    assert len(ends) == 40
    assert not erased & set(world.service.applied)
    assert world.store.waiting() == 0
