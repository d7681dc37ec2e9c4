"""Tables by partition: what is not here is not read, and a change shows once it is written."""

import asyncio
from collections.abc import Mapping

import pytest
from faust.types import TP

from orchestrator.errors import OwnershipLost, StateLost
from orchestrator.stream.app import StreamApp
from orchestrator.stream.records import Record
from orchestrator.stream.starts import Span
from orchestrator.stream.tables import PartitionTable, PartitionTables
from tests.unit.stream.samples import app


def table(of: StreamApp, name: str = "rows", source: str = "events") -> PartitionTable:
    return of.partition_table(name, changelog=f"{name}.changelog", source=source)


def tables(of: StreamApp) -> PartitionTables:
    assert isinstance(of.tables, PartitionTables)
    return of.tables


async def test_a_partition_that_is_not_here_can_neither_be_read_nor_written() -> None:
    rows = table(app())
    with pytest.raises(OwnershipLost, match="partition 3 of table rows"):
        rows.partition(3)
    with pytest.raises(OwnershipLost, match="partition 3 of table rows"):
        rows.apply(3, {b"key": b"row"})


async def test_changes_are_applied_and_none_deletes() -> None:
    rows = table(app())
    rows.adopt(0, {b"a": b"1", b"b": b"2"})
    rows.apply(0, {b"a": None, b"b": b"3", b"c": b"4", b"never there": None})
    assert dict(rows.partition(0)) == {b"b": b"3", b"c": b"4"}


async def test_the_changelog_is_sent_the_rows_and_a_tombstone_for_what_goes() -> None:
    assert PartitionTable.records({b"a": b"1", b"b": None}) == [
        Record(b"a", b"1"),
        Record(b"b", None),
    ]


async def test_an_empty_partition_is_here_all_the_same() -> None:
    rows = table(app())
    rows.adopt(2, {})
    assert dict(rows.partition(2)) == {}
    assert list(rows.owned()) == [2]


async def test_a_dropped_partition_is_gone() -> None:
    rows = table(app())
    rows.adopt(0, {b"a": b"1"})
    rows.drop(0)
    rows.drop(0)
    assert list(rows.owned()) == []
    with pytest.raises(OwnershipLost):
        rows.partition(0)


async def test_what_is_kept_stays_and_the_rest_goes_from_every_table() -> None:
    house = app()
    events, outcomes = table(house, "states", "events"), table(house, "figures", "outcomes")
    for number in range(3):
        events.adopt(number, {})
        outcomes.adopt(number, {})
    tables(house).retain([TP("events", 0), TP("events", 2), TP("outcomes", 1)])
    assert list(events.owned()) == [0, 2]
    assert list(outcomes.owned()) == [1]


async def test_with_nothing_to_restore_kafka_is_not_asked() -> None:
    house = app()
    rows = table(house, source="events")
    unreachable = {"bootstrap_servers": "nowhere:9092"}
    assert await tables(house).restore(unreachable, [TP("actions", 0)]) == 0
    assert list(rows.owned()) == []


async def test_tables_neither_wait_for_nor_start_a_recovery_of_fausts() -> None:
    house = app()
    await tables(house).on_start()
    await asyncio.wait_for(tables(house).wait_until_tables_registered(), 1)
    assert await tables(house).wait_until_recovery_completed() is False


async def test_all_that_does_not_belong_to_its_log_is_told_at_once() -> None:
    of = app()

    def refuse(partition: int, _rows: Mapping[bytes, bytes], _source: Span) -> None:
        if partition != 1:
            raise StateLost(f"partition {partition} is lost.")

    rows = of.partition_table("rows", changelog="changelog", source="events", verify=refuse)
    for number in range(3):
        rows.adopt(number, {})
    with pytest.raises(StateLost, match=r"^partition 0 is lost. partition 2 is lost.$"):
        tables(of).verify({TP("events", number): Span(0, 0, None) for number in range(3)})
