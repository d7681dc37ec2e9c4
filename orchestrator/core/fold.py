"""A batch of one partition's events, decided in order: what is to be written, and nothing written.

The reference for everything that decides: the live agent, a replay and a test's oracle call it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import Struct, field

from orchestrator.core.actions import Action
from orchestrator.core.canary import Canary
from orchestrator.core.counters import DecideCounters, decode_decide_counters
from orchestrator.core.dead_letters import DeadLetter, dead_letter, erasure_mark, is_replay
from orchestrator.core.decide import Decision, DecisionOutcome, Position, decide
from orchestrator.core.decisions import Asked, DecisionRow
from orchestrator.core.erasures import Erasure
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import INTERNAL, Event, LearnerErased, SelAlert
from orchestrator.core.ids import learner_key
from orchestrator.core.in_force import after
from orchestrator.core.latest_counters import read_counters, write_counters
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import CONTROL_KEY, decode_control
from orchestrator.core.refusals import Refusal
from orchestrator.core.state import LearnerState, decode_state, encode_state
from orchestrator.errors import InvalidEvent, UnknownPolicy

_DECIDED = DecisionOutcome.DECIDED  # to look it up in the enum takes as long as a function call

COUNTERS_KEY = b"counters"
"""The row of a partition's counters among its learners' (whose keys all have a slash)."""

TRIGGER_HEADER = "trigger"
"""Marks an event whose decision somebody waits for, and wants whole: the id of the request."""

BODY_HASH_HEADER = "body-hash"
"""The hash of that request's body, to be told from another one with the same event id."""


class SourceRecord(Protocol):
    """A record of the events topic."""

    @property
    def key(self) -> bytes | None:
        """tenant/learner."""
        ...

    @property
    def value(self) -> bytes | None:
        """A canonical event."""
        ...

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def headers(self) -> tuple[tuple[str, bytes], ...]:
        """TRIGGER_HEADER and BODY_HASH_HEADER, or traces."""
        ...


class Decided(Struct):
    """The decisions of a batch under one policy, and beside it a canary's, which its rows name."""

    policy_version: str
    rows: list[DecisionRow] = field(default_factory=list)

    def version_of(self, row: DecisionRow) -> str:
        """The policy that one of the rows was decided by."""
        return row.policy_version or self.policy_version


class Folded(Struct):
    """What a batch comes to.

    `counters`: as they are after the batch, for reading only. `changes`: the new rows of the state,
    the counters last; `actions` with their keys; `erasures` with how many of the actions come
    before each, `erasure_marks` with how many of the dead letters do; `refusals`: the reasons of
    the dead letters; `by_type`: events by (type, outcome).
    `adopted`: the partition has begun under this policy, and nothing in it says so yet.
    """

    counters: DecideCounters
    changes: dict[bytes, bytes] = field(default_factory=dict)
    actions: list[tuple[bytes, Action]] = field(default_factory=list)
    erasures: list[tuple[int, Erasure]] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    erasure_marks: list[tuple[int, DeadLetter]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    by_type: dict[tuple[str, str], int] = field(default_factory=dict)
    adopted: str | None = None

    def rows(self) -> list[DecisionRow]:
        """All decisions, in the order of their offsets."""
        return [row for decided in self.decisions for row in decided.rows]


class Batch(Struct, frozen=True):
    """Where the records stand, by which policies they may be decided, and when (for dead letters).

    `first`: the version that a partition begins under which has none in force yet.
    """

    topic: str
    partition: int
    policies: Mapping[str, Policy]
    first: str
    at: datetime


def fold(batch: Batch, records: Iterable[SourceRecord], rows: Mapping[bytes, bytes]) -> Folded:
    """Decide `records` (in offset order) on the learners' states in `rows`.

    Records up to the offset that the counters have reached are passed over: their decisions are
    in Kafka already. Raises UnreadableState if a row is not a state of ours, and UnknownPolicy if
    a policy that is in force is not among those of the batch.
    """
    folded = Folded(read_counters(rows.get(COUNTERS_KEY), batch.partition))
    policy, canary = _begin(folded, batch)
    changed: dict[bytes, LearnerState] = {}
    for record in records:
        if record.offset <= folded.counters.offset:
            continue
        folded.counters.offset = record.offset
        if record.key == CONTROL_KEY:
            if _switch(folded, batch, record):
                policy, canary = _deciding(folded, batch)
            continue
        if record.headers:
            folded.counters.replayed += is_replay(record.headers)
        try:
            key, event = _read(record)
        except InvalidEvent as error:
            _refuse(folded, batch, record, error)
            continue
        before = changed.get(key) or _stored(key, rows)
        theirs = policy if canary is None or not canary.has(key) else canary.policy
        decision = decide(before, event, Position(batch.partition, record.offset), theirs)
        if decision.state is not before:
            changed[key] = decision.state
        version = "" if theirs is policy else theirs.version
        _note(folded, batch, record, key, event, before, decision, version)
    folded.changes = {key: encode_state(state) for key, state in changed.items()}
    folded.changes[COUNTERS_KEY] = write_counters(folded.counters, batch.partition)
    return folded


def _begin(folded: Folded, batch: Batch) -> tuple[Policy, Canary | None]:
    """What decides where the batch begins."""
    if not folded.counters.policy:
        folded.counters.policy = folded.adopted = batch.first
    return _deciding(folded, batch)


def _deciding(folded: Folded, batch: Batch) -> tuple[Policy, Canary | None]:
    """The policy in force from here on, and the canary beside it."""
    counters = folded.counters
    policy = _known(batch, counters.policy)
    folded.decisions.append(Decided(policy.version))
    if (started := counters.canary) is None:
        return policy, None
    return policy, Canary(started, _known(batch, started.version))


def _switch(folded: Folded, batch: Batch, record: SourceRecord) -> bool:
    """Take a control record; whether another policy decides. None of ours is a dead letter."""
    try:
        control = decode_control(record.value or b"")
    except msgspec.DecodeError as error:
        _refuse(folded, batch, record, InvalidEvent(Refusal.INVALID_FIELD, f"control: {error}"))
        return False
    counters = folded.counters
    counters.controls += 1
    before = counters.in_force
    counters.in_force = now = after(before, control)
    return now.policy != before.policy or now.canary != before.canary


def _known(batch: Batch, version: str) -> Policy:
    try:
        return batch.policies[version]
    except KeyError:
        raise UnknownPolicy(version) from None


def load_counters(rows: Mapping[bytes, bytes]) -> DecideCounters:
    """The counters of a partition, from its rows; a copy of its own."""
    raw = rows.get(COUNTERS_KEY)
    return DecideCounters() if raw is None else decode_decide_counters(raw)


def _read(record: SourceRecord) -> tuple[bytes, Event]:
    event = decode_event(record.value or b"")
    key = learner_key(event.tenant_id, event.learner_id)
    if key != record.key:
        # Another learner's partition may be another worker's: two would decide about one child.
        raise InvalidEvent(Refusal.WRONG_KEY, f"the key is {record.key!r}, the event is of {key!r}")
    return key, event


def _stored(key: bytes, rows: Mapping[bytes, bytes]) -> LearnerState | None:
    raw = rows.get(key)
    return None if raw is None else decode_state(raw)


def _refuse(folded: Folded, batch: Batch, record: SourceRecord, error: InvalidEvent) -> None:
    folded.counters.refused += 1
    folded.refusals.append(error.reason)
    source = f"kafka:{batch.topic}:{batch.partition}:{record.offset}"
    raw = record.value or b""
    folded.dead_letters.append(dead_letter(raw, error.reason, error.detail, source, batch.at))


def _note(
    folded: Folded,
    batch: Batch,
    record: SourceRecord,
    key: bytes,
    event: Event,
    before: LearnerState | None,
    decision: Decision,
    version: str,
) -> None:
    """Write down one decision, and count it. `version`: the canary's, if it was by that."""
    kind, outcome, actions = event.type, decision.outcome, decision.actions
    asked = _asked(record, event) if record.headers else None
    folded.decisions[-1].rows.append(
        DecisionRow(
            event.id,
            key.decode(),
            kind,
            outcome,
            record.offset,
            tuple([action.action_id for action in actions]) if actions else (),
            actions if asked else (),
            asked,
            version,
        )
    )
    folded.by_type[kind, outcome] = folded.by_type.get((kind, outcome), 0) + 1
    _count(folded.counters, event, before, decision)
    for action in actions:
        folded.actions.append((key, action))
    if type(event) is LearnerErased and outcome is _DECIDED:
        order = Erasure(event.id, event.tenant_id, event.learner_id, record.offset)
        folded.erasures.append((len(folded.actions), order))
        mark = erasure_mark(key, batch.at)
        folded.erasure_marks.append((len(folded.dead_letters), mark))


def _count(
    counters: DecideCounters, event: Event, before: LearnerState | None, decision: Decision
) -> None:
    if event.type in INTERNAL:
        counters.internal += 1
    elif decision.outcome is _DECIDED:
        counters.decided += 1
        counters.unknown_severities += _has_unknown_severity(event)
    elif decision.outcome is DecisionOutcome.DUPLICATE:
        counters.duplicates += 1
    else:
        counters.late += 1
    if decision.state is not before:
        _count_learner(counters, before, decision.state)
    for action in decision.actions:
        counters.actions[action.type] = counters.actions.get(action.type, 0) + 1


def _count_learner(
    counters: DecideCounters, before: LearnerState | None, after: LearnerState
) -> None:
    seen = None if before is None or before.is_blank else before.last_event_at
    if after.is_blank:
        if seen is not None:
            counters.forgot_learner(seen)
    elif seen != after.last_event_at:
        counters.saw_learner(seen, after.last_event_at)


def _has_unknown_severity(event: Event) -> bool:
    return type(event) is SelAlert and event.data.unknown_severity is not None


def _asked(record: SourceRecord, event: Event) -> Asked | None:
    headers = dict(record.headers)
    request = headers.get(TRIGGER_HEADER)
    if request is None:
        return None
    body_hash = headers.get(BODY_HASH_HEADER, b"")
    return Asked(_text(request), event.received_at, _text(body_hash))


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "replace")
