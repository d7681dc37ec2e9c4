"""What is written, in which groups, and what is held in memory meanwhile."""

import asyncio

from orchestrator.core.actions import Action, ActionType, Outcome, Service, encode_action
from orchestrator.core.ids import learner_key
from orchestrator.delivery.books import Books
from orchestrator.delivery.rows import RowKeys, Waiting, decode_learner_row, decode_partition_row
from orchestrator.delivery.settling import Ended
from tests.simulation.delivery.fakes import MemoryStore
from tests.unit.delivery.samples import EVENT_AT, PARAMETERS, action

LEVEL = ActionType.LEVEL_SUGGESTED
KEYS = RowKeys(Service.LEARNER)


def key_of(one: Action) -> bytes:
    return learner_key(one.tenant_id, one.learner_id)


def waiting_of(one: Action, offset: int = 0) -> Waiting:
    return Waiting(one.action_id, offset, encode_action(one))


def ended(outcome: Outcome = Outcome.DELIVERED, response: bytes = b"") -> Ended:
    return Ended(outcome, EVENT_AT, 1, 200, "said", response)


def end(books: Books, one: Action, offset: int = 0, how: Ended | None = None) -> None:
    """Take an action on, and end it."""
    waiting = waiting_of(one, offset)
    books.add(key_of(one), waiting)
    books.end(key_of(one), waiting, one, how or ended())


def level(name: str, action_id: str, **changes: bool) -> Action:
    parameters = PARAMETERS[LEVEL] | {"suggested_level": name} | changes
    return action(LEVEL, action_id=action_id, parameters=parameters)


async def reopened(store: MemoryStore) -> tuple[Books, list[tuple[bytes, Waiting]]]:
    books = Books(Service.LEARNER, 0, store)
    return books, await books.open()


async def test_what_ended_before_it_was_written_needs_no_row_of_its_own(
    books: Books, store: MemoryStore
) -> None:
    one = action()
    end(books, one)
    await books.flush()
    assert set(store.table) == {KEYS.learner(key_of(one)), KEYS.partition}
    assert [(o.action_id, o.serial, o.outcome) for o in store.outcomes] == [
        ("a1", 1, Outcome.DELIVERED)
    ]


async def test_nothing_is_written_twice_or_without_need(books: Books, store: MemoryStore) -> None:
    end(books, action())
    await books.flush()
    await books.flush()
    assert len(store.groups) == 1
    assert len(store.outcomes) == 1


async def test_rows_are_durable_before_the_outcomes_and_hold_them(
    books: Books, store: MemoryStore
) -> None:
    steps: list[tuple[str, int]] = []
    store.step = lambda name: steps.append((name, len(store.settled)))
    end(books, action())
    await books.flush()
    assert [name for name, _ in steps][:3] == ["before rows", "after rows", "before outcomes"]
    row = decode_partition_row(store.table[KEYS.partition])
    assert [settled.outcome for settled in row.outbox] == store.outcomes


async def test_what_waits_is_read_back_in_the_order_of_its_topic(
    books: Books, store: MemoryStore
) -> None:
    ones = [action(action_id=f"a{n}", learner=f"l{n % 3}") for n in range(9)]
    for offset in (5, 2, 8, 0, 7, 1, 4, 6, 3):
        books.add(key_of(ones[offset]), waiting_of(ones[offset], offset))
        books.save(key_of(ones[offset]), waiting_of(ones[offset], offset))
    await books.flush()
    _, waiting = await reopened(store)
    assert [(each.offset, key) for key, each in waiting] == [
        (offset, key_of(one)) for offset, one in enumerate(ones)
    ]


async def test_what_has_ended_waits_no_more(books: Books, store: MemoryStore) -> None:
    ones = [action(action_id=f"a{n}") for n in range(3)]
    for offset, one in enumerate(ones):
        books.add(key_of(one), waiting_of(one, offset))
        books.save(key_of(one), waiting_of(one, offset))
    await books.flush()
    books.end(key_of(ones[0]), waiting_of(ones[0], 0), ones[0], ended())
    await books.flush()
    again, waiting = await reopened(store)
    assert [each.action_id for _, each in waiting] == ["a1", "a2"]
    assert all(again.knows(key_of(one), one, offset) for offset, one in enumerate(ones))


async def test_what_is_saved_is_written_as_it_stands_then(books: Books, store: MemoryStore) -> None:
    one = action()
    waiting = waiting_of(one)
    books.add(key_of(one), waiting)
    books.save(key_of(one), waiting)
    waiting.attempts, waiting.said = 4, "answered 503"
    await books.flush()
    _, ((_, read),) = await reopened(store)
    assert (read.attempts, read.said) == (4, "answered 503")


async def test_the_two_services_of_a_partition_do_not_see_one_another(store: MemoryStore) -> None:
    one = action()
    for service in Service:
        books = Books(service, 0, store)
        await books.open()
        end(books, one, how=ended(Outcome.EXPIRED))
        two = action(action_id="a2")
        books.add(key_of(two), waiting_of(two, 1))
        books.save(key_of(two), waiting_of(two, 1))
        await books.flush()
    assert [(o.service, o.serial) for o in store.outcomes] == [(s, 1) for s in Service]
    for service in Service:
        waiting = await Books(service, 0, store).open()
        assert [each.action_id for _, each in waiting] == ["a2"]


async def test_an_action_is_known_while_it_waits_while_its_end_is_written_and_after(
    books: Books, store: MemoryStore
) -> None:
    one, repeated = action(), 10**6
    assert not books.knows(key_of(one), one, repeated)
    waiting = waiting_of(one)
    books.add(key_of(one), waiting)
    assert books.knows(key_of(one), one, repeated)
    books.end(key_of(one), waiting, one, ended())
    told = []
    store.step = lambda _name: told.append(books.knows(key_of(one), one, repeated))
    await books.flush()
    assert len(told) == 5
    assert all(told)
    assert books.knows(key_of(one), one, repeated)
    assert not books.knows(key_of(one), action(action_id="other"), repeated)


async def test_the_level_delivered_before_is_that_of_the_last_permanent_one_that_arrived(
    books: Books, store: MemoryStore
) -> None:
    history = [
        (level("easy", "a1"), Outcome.REJECTED, None),
        (level("moderate", "a2"), Outcome.DELIVERED, None),
        (level("beginner", "a3", temporary=True), Outcome.DELIVERED, None),
        (level("advanced", "a4"), Outcome.EXPIRED, "moderate"),
        (level("challenging", "a5"), Outcome.SUPERSEDED, "moderate"),
        (level("challenging", "a6"), Outcome.DELIVERED, "moderate"),
        (level("advanced", "a7"), Outcome.REJECTED, "challenging"),
    ]
    for offset, (one, outcome, _) in enumerate(history):
        end(books, one, offset, ended(outcome))
    await books.flush()
    assert [o.delivered_level for o in store.outcomes] == [before for _, _, before in history]
    row = decode_learner_row(store.table[KEYS.learner(key_of(action()))])
    assert row.level == "challenging"


async def test_a_dead_letter_is_not_written_again_by_who_opens_next(
    books: Books, store: MemoryStore
) -> None:
    end(books, action(), how=ended(Outcome.REJECTED))
    await books.close()
    again, _ = await reopened(store)
    assert len(store.outcomes) == 1
    end(again, action(action_id="a2"), 1)
    await again.flush()
    assert [o.serial for o in store.outcomes] == [1, 2]


async def test_closing_writes_nothing_where_nothing_is_left(
    books: Books, store: MemoryStore
) -> None:
    end(books, action())
    await books.flush()
    await books.close()
    assert len(store.groups) == 1


async def test_after_a_crash_the_last_outcomes_are_written_again_once(
    books: Books, store: MemoryStore
) -> None:
    end(books, action(), how=ended(Outcome.REJECTED))
    await books.flush()
    for _ in range(3):
        await reopened(store)
    assert [o.serial for o in store.outcomes] == [1, 1]


async def test_a_flush_returns_when_what_another_is_writing_is_durable_too(
    books: Books, store: MemoryStore
) -> None:
    store.seconds = 5.0
    end(books, action())
    first = asyncio.create_task(books.flush())
    await asyncio.sleep(1.0)
    end(books, action(action_id="a2"), 1)
    await books.flush()
    assert first.done()
    assert [o.action_id for o in store.outcomes] == ["a1", "a2"]


async def test_a_flush_that_is_broken_off_leaves_its_group_to_the_next(
    books: Books, store: MemoryStore
) -> None:
    store.seconds = 5.0
    end(books, action())
    for seconds in (1.0, 6.0):
        broken_off = asyncio.create_task(books.flush())
        await asyncio.sleep(seconds)
        broken_off.cancel()
    end(books, action(action_id="a2"), 1)
    await books.flush()
    assert store.counted() == {"a1": Outcome.DELIVERED, "a2": Outcome.DELIVERED}


async def test_of_learners_for_whom_nothing_waits_nothing_is_held(
    books: Books, store: MemoryStore
) -> None:
    for n in range(100):
        end(books, action(action_id=f"a{n}", learner=f"l{n}"), n)
    stays = action(action_id="stays", learner="l7")
    books.add(key_of(stays), waiting_of(stays, 100))
    books.save(key_of(stays), waiting_of(stays, 100))
    await books.flush()
    assert all(books.knows(key_of(action(learner=f"l{n}")), action(), 0) for n in range(100))
    assert set(books._learners) == {key_of(stays)}
    assert (len(books._noted), len(books._unsaved)) == (0, 0)
