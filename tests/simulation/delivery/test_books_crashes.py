"""A worker dies at each step between the writes; another opens what was durable, and goes on.

The one that goes on does what a desk does: it attempts what waits, and takes the batch once more,
since its offset was not committed.
"""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from orchestrator.core.actions import Action, ActionType, Outcome, Service, encode_action
from orchestrator.core.ids import learner_key
from orchestrator.delivery.books import Books
from orchestrator.delivery.rows import Waiting
from orchestrator.delivery.settling import Ended
from tests.simulation.delivery.fakes import Crashed, MemoryStore
from tests.unit.delivery.samples import EVENT_AT, action

KINDS = (ActionType.LEVEL_SUGGESTED, ActionType.LEARNING_PATH_UPDATE)
DONE = Ended(Outcome.DELIVERED, EVENT_AT, 1, 200)
REFUSED = Ended(Outcome.REJECTED, EVENT_AT, 1, 400, response=b"r" * 4000)

Offset = int
Topic = list[tuple[Offset, Action]]


def topic_of(count: int, learners: int, random: Random) -> Topic:
    return [
        (
            n,
            action(
                random.choice(KINDS), action_id=f"a{n}", learner=f"l{random.randrange(learners)}"
            ),
        )
        for n in range(count)
    ]


def crash_at(step: int) -> Callable[[str], None]:
    """Raise at the `step`-th step of writing."""
    steps = iter(range(step + 1))

    def crash(name: str) -> None:
        if next(steps, None) == step:
            raise Crashed(name)

    return crash


async def work(store: MemoryStore, topic: Topic, random: Random) -> None:
    """One worker's life: open, take the whole topic on in batches, end all of it."""
    books = Books(Service.LEARNER, 0, store)
    decoded = {one.action_id: one for _, one in topic}
    for key, waiting in await books.open():
        books.end(key, waiting, decoded[waiting.action_id], DONE)
    await books.flush()
    while topic:
        size = random.randint(1, 200)
        await take(books, topic[:size], random)
        topic = topic[size:]
    await books.close()


async def take(books: Books, batch: Topic, random: Random) -> None:
    """Some end before the batch's rows are written, others after; now and then a flush between."""
    later = []
    for offset, one in batch:
        key = learner_key(one.tenant_id, one.learner_id)
        if books.knows(key, one, offset):
            continue
        waiting = Waiting(one.action_id, offset, encode_action(one))
        books.add(key, waiting)
        later.append((key, waiting, one))
    cut = random.randint(0, len(later))
    # What ends of a type, ends in the order of its topic; so nothing ends before the cut has.
    for key, waiting, one in later[:cut]:
        books.end(key, waiting, one, random.choice([DONE, REFUSED]))
        if random.random() < 0.05:
            await books.flush()
    for key, waiting, _ in later[cut:]:
        books.save(key, waiting)
    await books.flush()
    for key, waiting, one in later[cut:]:
        books.end(key, waiting, one, DONE)
    await books.flush()


async def lives(store: MemoryStore, topic: Topic, seed: int, step: int) -> int:
    """Workers one after the other, each crashing at a step, until one comes through."""
    random, crashes = Random(seed), 0
    while True:
        store.step = crash_at(step) if crashes < 3 else lambda _name: None
        try:
            await work(store, topic, random)
        except Crashed:
            crashes += 1
        else:
            return crashes


@pytest.mark.parametrize("step", range(0, 40, 3))
async def test_no_outcome_is_lost_doubled_or_misnumbered_wherever_a_worker_dies(step: int) -> None:
    store = MemoryStore()
    topic = topic_of(300, learners=7, random=Random(step))
    crashes = await lives(store, topic, seed=step, step=step)
    assert crashes >= 1
    assert set(store.counted()) == {one.action_id for _, one in topic}
    assert store.waiting() == 0


@pytest.mark.parametrize("step", range(0, 30, 2))
async def test_a_batch_of_one_learner_over_many_groups_is_whole_wherever_a_worker_dies(
    step: int,
) -> None:
    store = MemoryStore()
    topic = topic_of(1000, learners=1, random=Random(step))
    store.step = crash_at(step)
    with pytest.raises(Crashed):
        await end_all_at_once(store, topic)
    store.step = lambda _name: None
    await end_all_at_once(store, topic)
    assert len(store.groups) > 6
    assert set(store.counted()) == {one.action_id for _, one in topic}


async def end_all_at_once(store: MemoryStore, topic: Topic) -> None:
    """Take the topic on as one batch, of which nothing is written before all has ended."""
    books = Books(Service.LEARNER, 0, store)
    await books.open()
    for offset, one in topic:
        key = learner_key(one.tenant_id, one.learner_id)
        if not books.knows(key, one, offset):
            waiting = Waiting(one.action_id, offset, encode_action(one))
            books.add(key, waiting)
            books.end(key, waiting, one, REFUSED)
    await books.flush()


async def test_groups_over_many_learners_are_whole_wherever_a_worker_dies() -> None:
    for step in range(0, 60, 15):
        store = MemoryStore()
        topic = topic_of(900, learners=900, random=Random(step))
        await lives(store, topic, seed=step, step=step)
        assert set(store.counted()) == {one.action_id for _, one in topic}


@pytest.mark.parametrize("milliseconds", range(1, 40, 3))
async def test_a_writer_that_is_cancelled_at_any_moment_loses_nothing(milliseconds: int) -> None:
    store = MemoryStore()
    store.seconds = 0.005
    topic = topic_of(300, learners=5, random=Random(milliseconds))
    for _ in range(5):
        working = asyncio.create_task(work(store, topic, Random(milliseconds)))
        await asyncio.sleep(milliseconds / 1000)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    await work(store, topic, Random(milliseconds))
    assert set(store.counted()) == {one.action_id for _, one in topic}
    assert store.waiting() == 0
