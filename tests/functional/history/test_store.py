"""The file itself: what is written together stands together, and what is erased is gone."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from orchestrator.core.actions import ActionType, Outcome
from orchestrator.history import reading
from orchestrator.history.entries import ActionsErased, Decided, Entry, EventsErased, Tried
from orchestrator.history.places import action_place, event_place
from orchestrator.history.rows import Query, Stage
from orchestrator.history.schema import SCHEMA, discard
from orchestrator.history.store import Store
from orchestrator.topics import ACTIONS_NOTIFICATION, EVENTS
from tests.unit.history.samples import asked, came, ended

TP = TopicPartition(EVENTS, 0)


def ids(store: Store) -> list[str]:
    return [row.id for row in reading.events(store.db, Query()).rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


def test_what_was_written_is_there_when_it_is_opened_again(path: Path) -> None:
    store = Store(path, "kafka")
    store.write([came(1), Decided(event_place(0, 1), "decided", "p1", ("a1",))], {TP: 2})
    store.close()
    again = Store(path, "kafka")
    assert again.positions() == {TP: 2}
    assert again.rows == 1
    (row,) = reading.events(again.db, Query()).rows
    assert (row.id, row.outcome, row.policy_version, row.action_ids) == (
        "e1", "decided", "p1", ("a1",),
    )  # fmt: skip
    again.close()


def test_a_batch_that_fails_leaves_nothing_behind_and_the_next_one_is_whole(path: Path) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {TP: 2})
    unknown = Decided(event_place(0, 1), "no outcome of ours", "p1", ())
    with pytest.raises(KeyError):
        store.write([came(2, learner="bo", tenant="south"), unknown], {TP: 3})
    assert (ids(store), store.positions(), store.rows) == (["e1"], {TP: 2}, 1)
    store.write([came(2, learner="bo", tenant="south")], {TP: 3})
    assert sorted(ids(store)) == ["e1", "e2"]
    assert reading.events(store.db, Query(tenant_id="south")).total == 1
    store.close()


def test_a_kill_in_the_middle_of_a_batch_loses_the_batch_alone(path: Path) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {TP: 2})
    store.db.execute("BEGIN IMMEDIATE")
    store.db.execute("DELETE FROM events")
    other = sqlite3.connect(path)  # as it stands for who comes after
    assert other.execute("SELECT COUNT(*) FROM events").fetchone() == (1,)
    other.close()
    store.db.close()
    again = Store(path, "kafka")
    assert (ids(again), again.positions()) == (["e1"], {TP: 2})
    again.close()


@pytest.mark.parametrize("cluster", ["kafka", "another"])
def test_a_file_of_another_kafka_is_made_anew(path: Path, cluster: str) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {TP: 2})
    store.close()
    again = Store(path, cluster)
    assert ids(again) == (["e1"] if cluster == "kafka" else [])
    assert bool(again.positions()) is (cluster == "kafka")
    again.close()


@pytest.mark.parametrize("content", ["older", "damaged", "empty"])
def test_what_cannot_be_used_is_made_anew(path: Path, content: str) -> None:
    if content == "older":
        Store(path, "kafka").close()
        db = sqlite3.connect(path)
        db.execute(f"PRAGMA user_version = {SCHEMA - 1}")
        db.close()
    else:
        path.write_bytes(b"no database" * 1000 if content == "damaged" else b"")
    store = Store(path, "kafka")
    store.write([came(1)], {TP: 2})
    assert ids(store) == ["e1"]
    store.close()


def test_nothing_of_an_erased_learner_is_left_in_the_files(path: Path) -> None:
    name = "zoe-who-wants-to-be-forgotten"
    store = Store(path, "kafka")
    store.write([came(1, learner=name), asked(1, learner=name), came(2), asked(2)], {TP: 3})
    erased: list[Entry] = [
        EventsErased(event_place(0, 3), "north", name),
        ActionsErased(action_place(ACTIONS_NOTIFICATION, 0, 3), "north", name),
    ]
    store.write(erased, {TP: 4})
    assert store.scrub()
    assert not any(name.encode() in each.read_bytes() for each in path.parent.iterdir())
    assert ids(store) == ["e2"]
    store.close()


def test_no_copy_is_left_of_rows_that_had_been_moved_from_page_to_page(path: Path) -> None:
    names = [f"child-{number * 7919 % 3001:04}-who-wants-to-be-forgotten" for number in range(3000)]
    erased = names[::3]
    store = Store(path, "kafka")
    store.write([came(at, learner=name) for at, name in enumerate(names)], {TP: 3000})
    store.write([EventsErased(event_place(0, 4000), "north", name) for name in erased], {TP: 4001})
    store.close()
    assert copies(path, erased)  # though every row is deleted, and SQLite told to overwrite it

    store = Store(path, "kafka")
    assert store.scrub()
    assert not copies(path, erased)
    assert len(copies(path, names)) == 2000
    assert store.rows == 2000
    store.close()


def test_what_a_reader_holds_is_scrubbed_when_it_is_gone(path: Path) -> None:
    store = Store(path, "kafka")
    store.write([came(1, learner="zoe-is-read")], {TP: 2})
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)
    store.db.execute("PRAGMA busy_timeout = 50")
    store.write([EventsErased(event_place(0, 2), "north", "zoe-is-read")], {TP: 3})
    assert not store.scrub()
    reader.close()
    assert store.scrub()
    assert not copies(path, ["zoe-is-read"])
    store.close()


def copies(path: Path, names: Sequence[str]) -> list[str]:
    """Those of the names that stand anywhere in the files."""
    content = b"".join(each.read_bytes() for each in path.parent.iterdir())
    return [name for name in names if name.encode() in content]


def test_what_comes_after_an_erasure_is_a_new_beginning() -> None:
    store = Store(Path(":memory:"), "kafka")
    store.write([came(1), EventsErased(event_place(0, 2), "north", "ada"), came(3)], {TP: 4})
    assert ids(store) == ["e3"]
    store.write([ended(1), Tried("a1", 1, "503")], {TP: 5})  # of an action that is gone
    assert reading.actions(store.db, Query()).total == 0
    store.close()


def test_the_same_learner_at_another_tenant_is_somebody_else() -> None:
    store = Store(Path(":memory:"), "kafka")
    erased = EventsErased(event_place(0, 3), "north", "ada")
    store.write([came(1), came(2, tenant="south"), erased], {TP: 4})
    assert ids(store) == ["e2"]
    store.close()


def test_a_level_that_is_replayed_has_the_end_of_its_replay() -> None:
    store = Store(Path(":memory:"), "kafka")
    store.write([asked(1, kind=ActionType.LEARNING_PATH_UPDATE)], {})
    store.write([ended(1, Outcome.REJECTED)], {})
    store.write([Tried("a1", 2, "503")], {})
    (row,) = reading.actions(store.db, Query(status=Stage.FAILED)).rows
    assert row.outcome is Outcome.REJECTED
    store.write([ended(1, Outcome.DELIVERED, attempts=3)], {})
    (row,) = reading.actions(store.db, Query(status=Stage.COMPLETED)).rows
    assert (row.outcome, row.attempts) == (Outcome.DELIVERED, 3)
    assert reading.actions(store.db, Query(status=Stage.FAILED)).total == 0
    store.close()


def test_a_thrown_away_file_takes_its_log_with_it(path: Path) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {TP: 2})
    store.db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    assert len(list(path.parent.iterdir())) > 1
    store.close()
    discard(path)
    assert list(path.parent.iterdir()) == []


def test_learners_of_one_id_at_many_tenants_are_all_found() -> None:
    store = Store(Path(":memory:"), "kafka")
    store.write([came(n, tenant=f"tenant-{n}") for n in range(150)], {})
    rows, total = reading.events(store.db, Query(learner_id="ada", limit=200))
    assert total == len(rows) == 150
    store.close()
