"""Restored deliveries are held against the outcomes that were counted."""

import pytest

from orchestrator.core.actions import Service
from orchestrator.core.counters import LabelCounters, encode_counters
from orchestrator.delivery.rows import PartitionRow, RowKeys, encode_row
from orchestrator.errors import StateLost
from orchestrator.stream.starts import Span
from orchestrator.stream.tables import PartitionTable
from tables.deliveries import verify
from tables.statistics import OUTCOME_ROWS, statistics
from tests.unit.stream.samples import app

ACTIONS = Span(0, 100, 100)


def counted(outcomes: int) -> PartitionTable:
    """The statistics of partition 3 after so many ends at learner-svc."""
    table = statistics(app())
    counters = LabelCounters(last=outcomes, counts={"delivered": outcomes})
    table.adopt(3, {OUTCOME_ROWS[Service.LEARNER]: encode_counters(counters)})
    return table


def rows(serial: int) -> dict[bytes, bytes]:
    """Deliveries that know of so many ends."""
    return {RowKeys(Service.LEARNER).partition: encode_row(PartitionRow(serial=serial))}


@pytest.mark.parametrize("serial", [7, 8, 50])
def test_an_end_is_in_its_row_before_it_is_counted(serial: int) -> None:
    verify(counted(7), 3, rows(serial), ACTIONS)


def test_a_new_cluster_has_neither() -> None:
    table = statistics(app())
    table.adopt(3, {})
    verify(table, 3, {}, Span(0, 0, None))


@pytest.mark.parametrize("restored", [rows(6), {}], ids=["cut short", "gone"])
def test_rows_that_know_less_than_was_counted_have_been_lost(restored: dict[bytes, bytes]) -> None:
    known = 6 if restored else 0
    with pytest.raises(StateLost, match=rf"7 actions of partition 3.*knows of {known}:") as caught:
        verify(counted(7), 3, restored, ACTIONS)
    assert "orchestrator ledger" in str(caught.value)
