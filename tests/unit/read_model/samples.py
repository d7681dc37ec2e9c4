"""Records of `orchestrator.decisions` as the agent writes them."""

from datetime import UTC, datetime

from orchestrator.core.decisions import Asked, DecisionBatch, DecisionRow, encode_decisions
from orchestrator.core.ids import EventId
from orchestrator.stream.records import RawRecord
from tests.unit.stream.samples import record

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PARTITION = 5


def row(
    event_id: str = "e",
    key: str = "north/ada",
    outcome: str = "decided",
    asked: Asked | None = None,
) -> DecisionRow:
    return DecisionRow(EventId(event_id), key, "SEL_ALERT", outcome, 7, asked=asked)


def decisions(*rows: DecisionRow) -> RawRecord:
    return record(0, encode_decisions(DecisionBatch(PARTITION, "p1", rows)))
