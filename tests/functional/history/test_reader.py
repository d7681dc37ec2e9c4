"""The port: the file asked in threads, within a time, whatever happens to it meanwhile."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.clock import FixedClock
from orchestrator.errors import HistoryUnavailable
from orchestrator.history.reader import HistoryReader
from orchestrator.history.rows import Query
from orchestrator.history.schema import discard
from orchestrator.history.store import Store
from tests.unit.history.samples import NOON, asked, came, ended


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
async def reader(path: Path) -> AsyncIterator[HistoryReader]:
    found = HistoryReader(path, FixedClock(NOON))
    yield found
    await found.close()


async def test_before_there_is_a_file_it_says_so(reader: HistoryReader) -> None:
    with pytest.raises(HistoryUnavailable, match="not there yet"):
        await reader.events(Query())


async def test_what_is_written_is_seen_at_once(path: Path, reader: HistoryReader) -> None:
    store = Store(path, "kafka")
    for number in range(3):
        store.write([came(number), asked(number), ended(number)], {})
        assert (await reader.events(Query())).total == number + 1
    actions = await reader.last_actions("north", "ada", 2)
    assert [row.action.action_id for row in actions] == ["a2", "a1"]
    figures = await reader.figures("north")
    assert (figures.total_learners, figures.active_learners) == (1, 1)
    assert (await reader.figures("nobody")).total_learners == 0
    store.close()


async def test_a_file_that_is_made_anew_is_read_instead(path: Path, reader: HistoryReader) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {})
    assert (await reader.events(Query())).total == 1
    store.close()
    discard(path)
    with pytest.raises(HistoryUnavailable):
        await reader.events(Query())
    store = Store(path, "another")
    store.write([came(1), came(2)], {})
    assert (await reader.events(Query())).total == 2
    store.close()


async def test_a_file_without_a_writer_is_read_all_the_same(
    path: Path, reader: HistoryReader
) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {})
    store.close()
    assert (await reader.events(Query())).total == 1


async def test_what_is_no_history_is_not_shown(path: Path, reader: HistoryReader) -> None:
    await asyncio.to_thread(path.write_bytes, b"no database" * 1000)
    with pytest.raises(HistoryUnavailable, match="cannot be read"):
        await reader.events(Query())


def endless(db: sqlite3.Connection) -> None:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    db.execute(f"{numbers} SELECT COUNT(*) FROM n").fetchone()


async def test_what_takes_too_long_is_broken_off_and_the_next_is_answered(path: Path) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {})
    impatient = HistoryReader(path, FixedClock(NOON), within=0.2)
    with pytest.raises(HistoryUnavailable, match="Ask for less"):
        await impatient._ask(endless)
    assert (await impatient.events(Query())).total == 1
    await impatient.close()
    store.close()


async def test_what_has_waited_too_long_for_others_is_not_begun(path: Path) -> None:
    store = Store(path, "kafka")
    store.write([came(1)], {})
    impatient = HistoryReader(path, FixedClock(NOON), within=-1.0)
    with pytest.raises(HistoryUnavailable, match="Ask for less"):
        await impatient.events(Query())
    await impatient.close()
    store.close()


async def test_many_may_ask_at_once(path: Path, reader: HistoryReader) -> None:
    store = Store(path, "kafka")
    store.write([came(number) for number in range(100)], {})
    pages = await asyncio.gather(*(reader.events(Query(offset=n, limit=1)) for n in range(100)))
    assert sorted(page.rows[0].id for page in pages) == sorted(f"e{n}" for n in range(100))
    store.close()
