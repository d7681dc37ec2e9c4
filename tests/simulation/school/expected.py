"""What a pure fold of the events topic gives: what had to happen."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from orchestrator.core.actions import Action
from orchestrator.core.decisions import DecisionRow
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import COUNTERS_KEY, Batch, fold
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.errors import InvalidEvent
from orchestrator.topics import EVENTS
from tests.simulation.school.world import World

ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Expected:
    """`rows` by the (partition, offset) of their event; `events` likewise, controls left out."""

    events: dict[tuple[int, int], Event] = field(default_factory=dict)
    rows: dict[tuple[int, int], DecisionRow] = field(default_factory=dict)
    policies: dict[tuple[int, int], str] = field(default_factory=dict)
    states: dict[bytes, bytes] = field(default_factory=dict)
    counters: dict[int, bytes] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)


def expected(world: World) -> Expected:
    """Fold each partition of the events as one batch."""
    found = Expected()
    for number, records in world.kafka.log[EVENTS].items():
        batch = Batch(EVENTS, number, world.product.known, world.product.first, ANY_TIME)
        folded = fold(batch, records, {})
        found.counters[number] = folded.changes.pop(COUNTERS_KEY)
        found.states |= folded.changes
        for decided in folded.decisions:
            for row in decided.rows:
                found.rows[number, row.offset] = row
                found.policies[number, row.offset] = decided.version_of(row)
        for key, action in folded.actions:
            found.actions[action.action_id] = action
            found.keys[action.action_id] = key
        for record in records:
            if record.key != CONTROL_KEY:
                found.events[number, record.offset] = _event(record.value)
    return found


def _event(raw: bytes | None) -> Event:
    try:
        return decode_event(raw or b"")
    except InvalidEvent as error:
        raise AssertionError("what the bridge writes can be read") from error
