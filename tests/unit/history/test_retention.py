"""What is too old or too much goes, the oldest first, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.history import reading
from orchestrator.history.entries import Entry
from orchestrator.history.retention import DAY_MS, SLICE, Keep, sweep
from orchestrator.history.rows import Query
from orchestrator.history.store import Store
from tests.unit.history.samples import KEPT, asked, came

ALL = Keep(days=7, rows=10**9)


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store(Path(":memory:"), "kafka")
    yield opened
    opened.close()


def swept(store: Store, keep: Keep, now: int) -> int:
    """Sweep until nothing is left to do; how many slices that took."""
    count = 0
    while sweep(store, keep, now):
        count += 1
    return count


def ids(store: Store) -> list[str]:
    events, _ = reading.events(store.db, Query(limit=200))
    actions, _ = reading.actions(store.db, Query(limit=200))
    return sorted([*(e.id for e in events), *(a.action.action_id for a in actions)])


def test_rows_go_after_so_many_days_to_the_millisecond(store: Store) -> None:
    store.write([came(1), came(2, kept=KEPT + 1), asked(1), asked(2, kept=KEPT + 1)], {})
    assert swept(store, ALL, KEPT + 7 * DAY_MS) == 0
    swept(store, ALL, KEPT + 7 * DAY_MS + 1)
    assert ids(store) == ["a2", "e2"]
    swept(store, ALL, KEPT + 7 * DAY_MS + 2)
    assert ids(store) == []
    assert store.rows == 0
    assert store.db.execute("SELECT COUNT(*) FROM learners").fetchone() == (0,)
    assert store.db.execute("SELECT COUNT(*) FROM counts").fetchone() == (0,)


def test_more_than_may_be_go_whatever_their_age(store: Store) -> None:
    rows: list[Entry] = [came(n, partition=n % 3, kept=KEPT + n) for n in range(20)]
    store.write(rows, {})
    swept(store, Keep(days=7, rows=5), KEPT)
    assert store.rows == 5


def test_much_goes_in_slices(store: Store) -> None:
    store.write([came(number) for number in range(2 * SLICE + 1)], {})
    assert swept(store, ALL, KEPT + 8 * DAY_MS) == 3


ages = st.integers(0, 9)


@given(
    st.lists(st.tuples(st.integers(0, 2), ages), max_size=30),
    st.lists(ages, max_size=10),
    st.integers(0, 9),
)
@settings(deadline=None)
def test_what_is_left_is_what_is_young_enough(
    events: list[tuple[int, int]], actions: list[int], days: int
) -> None:
    store = Store(Path(":memory:"), "kafka")
    # Kafka stamps a partition's records in the order of their offsets.
    events.sort(key=lambda pair: pair[1])
    rows: list[Entry] = [
        came(number, partition=partition, kept=KEPT + day * DAY_MS)
        for number, (partition, day) in enumerate(events)
    ]
    rows += [asked(n, kept=KEPT + day * DAY_MS) for n, day in enumerate(sorted(actions))]
    store.write(rows, {})
    swept(store, ALL, KEPT + (7 + days) * DAY_MS)
    left = [f"e{number}" for number, (_, day) in enumerate(events) if day >= days]
    left += [f"a{number}" for number, day in enumerate(sorted(actions)) if day >= days]
    assert ids(store) == sorted(left)
    assert store.rows == len(left)
    store.close()
