"""What must hold after any fault: everything that was written, held against a pure fold of it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from aiokafka import TopicPartition

from orchestrator.core.actions import Action, ActionType, decode_action
from orchestrator.core.decisions import decode_decisions
from orchestrator.core.erasures import decode_erasure, is_erasure
from orchestrator.core.event_codec import decode_event
from orchestrator.core.fold import COUNTERS_KEY, Batch, Folded, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.policy import Policy
from orchestrator.core.state import decode_state
from orchestrator.errors import InvalidEvent
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_NOTIFICATION,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    DECISIONS,
    EVENTS,
    LEARNER_STATE_CHANGELOG,
    OUTCOMES,
)
from tests.product.ends import EndFindings, Era, Log, judge_ends, read_ends, replayed

ACTION_TOPICS = (ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT)
READ = (EVENTS, DECISIONS, DEAD_LETTERS, LEARNER_STATE_CHANGELOG, OUTCOMES, *ACTION_TOPICS)


class Place(NamedTuple):
    """Where an event stands in its topic."""

    partition: int
    offset: int


@dataclass
class Expected:
    """What a pure fold of the events topic gives."""

    outcomes: dict[Place, str] = field(default_factory=dict)
    states: dict[bytes, bytes] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    eras: dict[str, Era] = field(default_factory=dict)
    erasures: set[str] = field(default_factory=set)


@dataclass
class Findings(EndFindings):
    """What is not as it must be; all zero is right (`repeated` may be more, at least once).

    `crashed`: a worker died, and may have called somebody without a note of it.
    """

    crashed: bool = False

    events: int = 0
    learners: int = 0
    actions: int = 0
    lost_inputs: int = 0
    undecided: int = 0
    decided_twice: int = 0
    wrong_states: int = 0
    missing_actions: int = 0
    unexpected_actions: int = 0
    out_of_order: int = 0
    repeated_actions: int = 0
    wrong_erasures: int = 0
    unexplained: int = 0

    def faults(self) -> dict[str, int]:
        """The names and counts of what is wrong."""
        told = {"crashed", "events", "learners", "actions", "repeated_actions"}
        if self.crashed:
            told.add("unheard_calls")
        return {name: n for name, n in vars(self).items() if n and name not in told}


async def read_all(bootstrap: str, partitions: int) -> Log:
    """Every record of the product's topics."""
    log: dict[str, dict[int, list[RawRecord]]] = {
        topic: {number: [] for number in range(partitions)} for topic in READ
    }
    tps = [TopicPartition(topic, number) for topic in READ for number in range(partitions)]
    await restore(
        {"bootstrap_servers": bootstrap},
        tps,
        lambda topic, number, records: log[topic][number].extend(records),
    )
    return log


def expected(log: Log, policy: Policy, later: Sequence[Policy] = ()) -> Expected:
    """Fold the events topic, each partition as one batch."""
    found = Expected()
    for number, records in log[EVENTS].items():
        policies = {each.version: each for each in (policy, *later)}
        batch = Batch(EVENTS, number, policies, policy.version, datetime(2026, 1, 1, tzinfo=UTC))
        folded = fold(batch, records, {})
        rows = {key: value for key, value in folded.changes.items() if key != COUNTERS_KEY}
        found.states.update(rows)
        found.outcomes.update({Place(number, r.offset): r.outcome for r in folded.rows()})
        found.actions.update({action.action_id: action for _, action in folded.actions})
        found.eras.update(_eras(folded))
        found.erasures.update(erasure.event_id for _, erasure in folded.erasures)
    return found


def _eras(folded: Folded) -> dict[str, Era]:
    """By action: how often its learner had been erased before, and whether it was so after."""
    places: dict[bytes, list[int]] = defaultdict(list)
    for place, erasure in folded.erasures:
        places[learner_key(erasure.tenant_id, erasure.learner_id)].append(place)
    eras: dict[str, Era] = {}
    for number, (key, action) in enumerate(folded.actions):
        before = sum(place <= number for place in places[key])
        eras[action.action_id] = Era(before, erased=before < len(places[key]))
    return eras


def judge(
    log: Log,
    policy: Policy,
    applied: Sequence[str],
    inputs: Sequence[str] | None = None,
    later: Sequence[Policy] = (),
) -> Findings:
    """Hold what happened against what had to.

    `applied`: the idempotency keys that the receivers applied, in that order; `inputs`: the ids
    of all events that went in (None: not checked); `later`: policies that were activated.
    """
    want = expected(log, policy, later)
    findings = Findings(
        events=sum(map(len, log[EVENTS].values())),
        learners=len(want.states),
        actions=len(want.actions),
    )
    _judge_inputs(findings, log, inputs)
    _judge_decisions(findings, log, want)
    _judge_states(findings, log, want)
    _judge_actions(findings, log, want)
    ends = read_ends(log)
    judge_ends(findings, ends, want.actions, applied, want.eras)
    by_hand = replayed(ends)
    _judge_order(findings, want, [key for key in applied if key not in by_hand])
    return findings


def _judge_inputs(findings: Findings, log: Log, inputs: Sequence[str] | None) -> None:
    if inputs is None:
        return
    there = {_event_id(record) for records in log[EVENTS].values() for record in records}
    findings.lost_inputs = len(set(inputs) - there)


def _event_id(record: RawRecord) -> str:
    try:
        return decode_event(record.value or b"").id
    except InvalidEvent:
        return ""


def _judge_decisions(findings: Findings, log: Log, want: Expected) -> None:
    """Each event ends in exactly one of decided, duplicate, late (or a dead letter)."""
    told: dict[Place, set[str]] = defaultdict(set)
    for records in log[DECISIONS].values():
        for record in records:
            batch = decode_decisions(record.value or b"")
            for row in batch.rows:
                told[Place(batch.partition, row.offset)].add(row.outcome)
    findings.undecided = sum(place not in told for place in want.outcomes)
    findings.decided_twice = sum(
        outcomes != {want.outcomes.get(place)} for place, outcomes in told.items()
    )


def _judge_states(findings: Findings, log: Log, want: Expected) -> None:
    last = {
        record.key: record.value
        for records in log[LEARNER_STATE_CHANGELOG].values()
        for record in records
        if record.key != COUNTERS_KEY
    }
    findings.wrong_states = sum(
        last.get(key) is None or decode_state(last[key] or b"") != decode_state(state)
        for key, state in want.states.items()
    ) + len(set(last) - set(want.states))


def _judge_actions(findings: Findings, log: Log, want: Expected) -> None:
    written: Counter[str] = Counter()
    for topic in ACTION_TOPICS:
        records = [record for number in log[topic].values() for record in number]
        erasures = [record for record in records if is_erasure(record.headers)]
        told = {decode_erasure(record.value or b"").event_id for record in erasures}
        findings.wrong_erasures += len(want.erasures ^ told)
        others = (record for record in records if not is_erasure(record.headers))
        written.update(found for found in map(_action_id, others) if found is not None)
    findings.missing_actions = len(set(want.actions) - set(written))
    findings.unexpected_actions = len(set(written) - set(want.actions))
    findings.repeated_actions = sum(count > 1 for count in written.values())


def _action_id(record: RawRecord) -> str | None:
    """None for what is no action: another program's, or a test's."""
    try:
        return decode_action(record.value or b"").action_id
    except (msgspec.DecodeError, RecursionError):
        return None


def _judge_order(findings: Findings, want: Expected, applied: Sequence[str]) -> None:
    """Each learner's actions of one type were applied in the order of their events.

    `applied`: without those that were replayed, which come when somebody asks for them.
    """
    rank = {action_id: number for number, action_id in enumerate(want.actions)}
    newest: dict[tuple[str, str, ActionType], int] = {}
    for key in applied:
        action = want.actions.get(key)
        if action is None:
            continue
        lane = (action.tenant_id, action.learner_id, action.type)
        findings.out_of_order += newest.get(lane, -1) > rank[key]
        newest[lane] = max(newest.get(lane, -1), rank[key])
