"""However much is written at once, each write is one batch that Kafka takes."""

from orchestrator.core.actions import ActionType, Outcome, encode_action
from orchestrator.delivery.books import Books
from orchestrator.delivery.groups import LARGEST_GROUP
from tests.simulation.delivery.fakes import MemoryStore
from tests.simulation.delivery.test_books import end, ended, key_of, reopened, waiting_of
from tests.unit.delivery.samples import action

SEL = ActionType.SEL_INTERVENTION
KAFKA_BATCH = 1_900_000


def written_bytes(store: MemoryStore) -> list[int]:
    return [sum(len(k) + len(v or b"") for k, v in group.items()) for group in store.groups]


async def test_a_group_is_closed_when_it_is_large_and_the_next_goes_on(
    books: Books, store: MemoryStore
) -> None:
    raw_size = len(encode_action(action()))
    count = 5 * LARGEST_GROUP // raw_size
    for n in range(count):
        how = ended(Outcome.REJECTED, response=b"r" * 4096)
        end(books, action(action_id=f"a{n}", learner=f"l{n}"), n, how)
    await books.flush()
    sizes = written_bytes(store)
    assert len(sizes) > 5
    assert max(sizes) < LARGEST_GROUP + 10_000
    assert len(store.counted()) == count


async def test_the_largest_action_fits_a_kafka_batch_however_full_its_group_is(
    books: Books, store: MemoryStore
) -> None:
    for n in range(400):
        end(books, action(action_id=f"a{n}", learner=f"l{n}"), n, ended(Outcome.REJECTED))
    huge = action(
        ActionType.LEARNING_PATH_UPDATE,
        action_id="huge",
        parameters={"focus_areas": ["x" * 1_000_000]},
    )
    end(books, huge, 400, ended(Outcome.REJECTED, response=b"r" * 4096))
    books.add(key_of(huge), waiting_of(action(action_id="next"), 401))
    books.save(key_of(huge), waiting_of(action(action_id="next"), 401))
    await books.flush()
    assert max(written_bytes(store)) < KAFKA_BATCH


async def test_a_learner_for_whom_thousands_wait_makes_no_large_record(
    books: Books, store: MemoryStore
) -> None:
    for n in range(5000):
        one = action(SEL, action_id=f"a{n}", expires_at=None)
        books.add(key_of(one), waiting_of(one, n))
        books.save(key_of(one), waiting_of(one, n))
    await books.flush()
    assert max(len(value) for value in store.table.values()) < 2000
    assert max(written_bytes(store)) < LARGEST_GROUP + 2000
    _, waiting = await reopened(store)
    assert [each.offset for _, each in waiting] == list(range(5000))
