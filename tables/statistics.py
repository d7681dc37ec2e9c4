"""What has been counted, a row a partition and kind; every worker follows the changelog of all."""

import msgspec

from orchestrator.core.actions import Service
from orchestrator.core.counters import LabelCounters
from orchestrator.core.letter_counters import LetterCounters
from orchestrator.stream.app import StreamApp
from orchestrator.stream.tables import PartitionTable
from orchestrator.topics import OUTCOMES, STATISTICS_CHANGELOG

DECIDE_ROW = b"decide"
OUTCOME_ROWS = {service: f"outcomes of {service}".encode() for service in Service}
WAITING_ROWS = {service: f"waiting for {service}".encode() for service in Service}
DEAD_LETTERS_ROW = b"dead-letters"


def statistics(app: StreamApp) -> PartitionTable:
    """Rows: DECIDE_ROW (a copy of the decide counters), OUTCOME_ROWS, DEAD_LETTERS_ROW; and
    WAITING_ROWS, how many rows of actions that wait the deliveries table has."""
    return app.partition_table("statistics", changelog=STATISTICS_CHANGELOG, source=OUTCOMES)


def load_letters(table: PartitionTable, partition: int) -> LetterCounters:
    """The counters of DEAD_LETTERS_ROW, a copy of its own. Raises OwnershipLost."""
    raw = table.partition(partition).get(DEAD_LETTERS_ROW)
    return LetterCounters() if raw is None else msgspec.json.decode(raw, type=LetterCounters)


def load_row(table: PartitionTable, partition: int, row: bytes) -> LabelCounters:
    """The counters of one of OUTCOME_ROWS, a copy of its own. Raises OwnershipLost."""
    raw = table.partition(partition).get(row)
    return LabelCounters() if raw is None else msgspec.json.decode(raw, type=LabelCounters)
