"""What the records of the topics say, one entry a fact. Pure: bytes in, entries out."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec
import structlog
from msgspec import Struct

from orchestrator.core.actions import Action, Outcome, decode_action
from orchestrator.core.dead_letters import is_replay
from orchestrator.core.decisions import decode_decisions
from orchestrator.core.erasures import decode_erasure, is_erasure
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import INTERNAL, Event, LearnerErased
from orchestrator.core.ids import learner_key
from orchestrator.core.outcomes import decode_outcome
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.delivery.rows import decode_waiting
from orchestrator.errors import InvalidEvent
from orchestrator.history.places import ACTION_TOPICS, action_place, event_place
from orchestrator.stream.records import RawRecord
from orchestrator.topics import DECISIONS, DELIVERIES_CHANGELOG, EVENTS, OUTCOMES

log = structlog.get_logger(__name__)


class Came(Struct, frozen=True):
    """An event of a producer's. `kept`: when Kafka got it, in milliseconds since 1970."""

    place: int
    kept: int
    event: Event


class Decided(Struct, frozen=True):
    """What became of an event."""

    place: int
    outcome: str
    policy_version: str
    action_ids: tuple[str, ...]


class Asked(Struct, frozen=True):
    """An action; `raw` is its record's value."""

    place: int
    kept: int
    action: Action
    raw: bytes


class Tried(Struct, frozen=True):
    """An action was not taken, and waits: after so many attempts, the last of which said this."""

    action_id: str
    attempts: int
    detail: str


class Ended(Struct, frozen=True):
    """How an action ended."""

    action_id: str
    outcome: Outcome
    attempts: int
    http_status: int | None
    at: datetime
    detail: str


class EventsErased(Struct, frozen=True):
    """A learner's events before this place are to be forgotten."""

    place: int
    tenant_id: str
    learner_id: str


class ActionsErased(Struct, frozen=True):
    """A learner's actions before this place, in its log, are to be forgotten."""

    place: int
    tenant_id: str
    learner_id: str


Entry = Came | Decided | Asked | Tried | Ended | EventsErased | ActionsErased


def entries_of(record: RawRecord) -> list[Entry]:
    """What a record says: nothing, if it is none of ours (a dead letter tells of it)."""
    try:
        return list(_READ[record.topic](record))
    except (msgspec.DecodeError, RecursionError, InvalidEvent, ValueError) as error:
        where = f"{record.topic}:{record.partition}:{record.offset}"
        log.warning("the history passes over a record", where=where, error=type(error).__name__)
        return []


def _event(record: RawRecord) -> Iterator[Entry]:
    if record.key == CONTROL_KEY:
        return
    event = decode_event(record.value or b"")
    if learner_key(event.tenant_id, event.learner_id) != record.key:
        return  # refused where it is decided: another learner's partition is no place for it
    place = event_place(record.partition, record.offset)
    if isinstance(event, LearnerErased):
        yield EventsErased(place, event.tenant_id, event.learner_id)
    elif event.type not in INTERNAL:
        yield Came(place, record.timestamp, event)


def _decisions(record: RawRecord) -> Iterator[Entry]:
    batch = decode_decisions(record.value or b"")
    for row in batch.rows:
        place = event_place(batch.partition, row.offset)
        yield Decided(place, row.outcome, batch.version_of(row), row.action_ids)


def _action(record: RawRecord) -> Iterator[Entry]:
    place = action_place(record.topic, record.partition, record.offset)
    raw = record.value or b""
    if is_erasure(record.headers):
        erasure = decode_erasure(raw)
        yield ActionsErased(place, erasure.tenant_id, erasure.learner_id)
    elif not is_replay(record.headers):  # a replay is no new action
        yield Asked(place, record.timestamp, decode_action(raw), raw)


def _delivery(record: RawRecord) -> Iterator[Entry]:
    """Rows of actions that wait have two slashes in their key (delivery/rows.py)."""
    if record.value is not None and (record.key or b"").count(b"/") == 2:
        waiting = decode_waiting(record.value)
        if waiting.attempts and waiting.replays is None:
            yield Tried(waiting.action_id, waiting.attempts, waiting.said)


def _outcome(record: RawRecord) -> Iterator[Entry]:
    outcome = decode_outcome(record.value or b"")
    yield Ended(
        outcome.action_id,
        outcome.outcome,
        outcome.attempts,
        outcome.status,
        outcome.at,
        outcome.detail,
    )


_READ: Mapping[str, Callable[[RawRecord], Iterator[Entry]]] = {
    EVENTS: _event,
    DECISIONS: _decisions,
    OUTCOMES: _outcome,
    DELIVERIES_CHANGELOG: _delivery,
    **dict.fromkeys(ACTION_TOPICS, _action),
}
