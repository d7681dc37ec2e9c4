"""What waits for each learner at each service, and what has ended (delivery/rows.py)."""

from collections.abc import Mapping
from functools import partial

from orchestrator.core.actions import Service
from orchestrator.delivery.rows import PartitionRow, RowKeys, decode_partition_row
from orchestrator.errors import StateLost
from orchestrator.stream.app import StreamApp
from orchestrator.stream.starts import Span
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import ACTIONS_LEARNER, DELIVERIES_CHANGELOG, STATISTICS_CHANGELOG
from tables.statistics import OUTCOME_ROWS, load_row


def deliveries(app: StreamApp, statistics: PartitionTable) -> PartitionTable:
    """Rows: <service>:tenant/learner, <service>:tenant/learner/<action id>, <service>#."""
    return app.partition_table(
        "deliveries",
        changelog=DELIVERIES_CHANGELOG,
        source=ACTIONS_LEARNER,
        verify=partial(verify, statistics),
    )


def verify(
    statistics: PartitionTable, partition: int, rows: Mapping[bytes, bytes], _actions: Span
) -> None:
    """Hold the restored rows against the outcomes that were counted, which are written after them.

    Raises StateLost, with what to do.
    """
    for service in Service:
        counted = load_row(statistics, partition, OUTCOME_ROWS[service]).last
        own = rows.get(RowKeys(service).partition)
        known = (PartitionRow() if own is None else decode_partition_row(own)).serial
        if counted > known:
            raise StateLost(
                f"{counted} actions of partition {partition} have ended at {service}, and "
                f"{DELIVERIES_CHANGELOG} knows of {known}: records of it were deleted, and with "
                "them actions that waited. Restore it from a copy. Without one they are lost: see "
                "`orchestrator ledger` for how many, stop all workers, delete the topics "
                f"{DELIVERIES_CHANGELOG} and {STATISTICS_CHANGELOG}, and start them; the figures "
                "of how actions ended begin anew."
            )
