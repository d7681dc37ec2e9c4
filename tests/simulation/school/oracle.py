"""What must hold after any seed, whatever happened: what was written, against a pure fold of it."""

from collections import Counter, defaultdict

import msgspec

from orchestrator.core.actions import Outcome, Service, decode_action
from orchestrator.core.counters import DecideCounters, LabelCounters
from orchestrator.core.decide import DecisionOutcome
from orchestrator.core.decisions import decode_decisions
from orchestrator.core.fold import COUNTERS_KEY
from orchestrator.core.state import decode_state
from orchestrator.guarantee import Guarantee
from orchestrator.topics import (
    ACTIONS_LEARNER,
    ACTIONS_NOTIFICATION,
    ACTIONS_URGENT,
    DEAD_LETTERS,
    DECISIONS,
    EVENTS,
    LEARNER_STATE_CHANGELOG,
    STATISTICS_CHANGELOG,
)
from tables.statistics import DEAD_LETTERS_ROW, OUTCOME_ROWS
from tests.product.ends import EndFindings, Ends, judge_ends, read_ends
from tests.simulation.school.expected import Expected
from tests.simulation.school.inputs import judge_inputs
from tests.simulation.school.kafka import PARTITIONS
from tests.simulation.school.violation import hold
from tests.simulation.school.world import World

ACTION_TOPICS = (ACTIONS_LEARNER, ACTIONS_NOTIFICATION, ACTIONS_URGENT)


def judge(world: World, want: Expected) -> None:
    """Raise Violation of the first that does not hold."""
    ends = read_ends(world.kafka.log)
    judge_inputs(world, want)
    _judge_decisions(world, want)
    _judge_states(world, want)
    _judge_counters(world, want)
    _judge_actions(world, want)
    _judge_ends(world, want, ends)
    _judge_figures(world, ends)
    _judge_order(world, want)


def _once(world: World) -> bool:
    return world.around.guarantee is Guarantee.EXACTLY_ONCE


def _judge_decisions(world: World, want: Expected) -> None:
    """Each event ends in exactly one of decided, duplicate, late; and is told of as it ended."""
    told: defaultdict[tuple[int, int], list[tuple[str, str, str]]] = defaultdict(list)
    for number, records in world.kafka.log[DECISIONS].items():
        for record in records:
            batch = decode_decisions(record.value or b"")
            for row in batch.rows:
                version = batch.version_of(row)
                told[number, row.offset].append((row.event_id, row.outcome, version))
    for place, row in want.rows.items():
        key, right = row.key.encode(), (row.event_id, row.outcome, want.policies[place])
        hold("an event read is decided", key, not told[place] and row.event_id)
        wrong = set(told[place]) - {right}
        hold("an event has one outcome", key, wrong and f"{wrong} for {right}")
        repeated = _once(world) and len(told[place]) > 1
        hold("exactly once decides once", key, repeated and f"{right} {len(told[place])} times")
    hold("nothing else is decided", None, told.keys() - want.rows.keys())
    _judge_ids(want)


def _judge_ids(want: Expected) -> None:
    """An id of a learner is decided once, or is late each time that it comes."""
    ends: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in want.rows.values():
        ends[row.key, row.event_id].append(row.outcome)
    for (key, event_id), outcomes in ends.items():
        kinds = Counter(outcomes)
        once = kinds[DecisionOutcome.DECIDED] == 1 and not kinds[DecisionOutcome.LATE]
        late = set(kinds) == {DecisionOutcome.LATE}
        hold("an id has one end", key.encode(), not (once or late) and f"{event_id}: {dict(kinds)}")


def _judge_states(world: World, want: Expected) -> None:
    rows: dict[bytes, bytes] = {}
    for number in range(PARTITIONS):
        rows |= world.kafka.restored(LEARNER_STATE_CHANGELOG, number)
    rows.pop(COUNTERS_KEY, None)
    for key, state in want.states.items():
        there = rows.get(key)
        right = there is not None and decode_state(there) == decode_state(state)
        hold("the state is the fold of the events", key, not right and f"{there!r} for {state!r}")
    hold("nobody else has a state", None, rows.keys() - want.states.keys())


def _judge_counters(world: World, want: Expected) -> None:
    for number, raw in want.counters.items():
        there = world.kafka.restored(LEARNER_STATE_CHANGELOG, number).get(COUNTERS_KEY)
        right = msgspec.json.decode(raw, type=DecideCounters)
        found = there and msgspec.json.decode(there, type=DecideCounters)
        if world.kafka.log[EVENTS][number]:
            hold("the counters are those of the fold", None, found != right and f"{there!r}")
        ends = right.decided + right.duplicates + right.late + right.refused
        read = len(world.kafka.log[EVENTS][number]) - right.internal - right.controls
        hold("the ledger balances", None, ends != read and f"{ends} ends of {read} events")


def _judge_actions(world: World, want: Expected) -> None:
    written: Counter[str] = Counter()
    for topic in ACTION_TOPICS:
        for records in world.kafka.log[topic].values():
            for record in records:
                action = decode_action(record.value or b"")
                key = record.key
                right = want.actions.get(action.action_id) == action
                hold("only what was decided is asked for", key, not right and action.action_id)
                written[action.action_id] += 1
    for action_id, key in want.keys.items():
        hold("what was decided is asked for", key, not written[action_id] and action_id)
        repeated = _once(world) and written[action_id] > 1
        hold("exactly once asks once", key, repeated and action_id)


def _judge_ends(world: World, want: Expected, ends: Ends) -> None:
    """Each action has one outcome, and was applied if it says so."""
    by_action: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in ends.outcomes:
        by_action[outcome.action_id].append(outcome.outcome)
    applied = Counter(world.downstream.applied)
    for action_id, key in want.keys.items():
        outcomes = by_action[action_id]
        hold("an action has one outcome", key, len(outcomes) != 1 and f"{action_id}: {outcomes}")
        delivered = outcomes == [Outcome.DELIVERED]
        hold("what is delivered is applied", key, delivered and applied[action_id] != 1)
        lost = action_id in world.downstream.lost_replies
        silently = applied[action_id] and not delivered and not lost
        hold("what is applied is delivered", key, silently and f"{action_id}: {outcomes}")
    findings = EndFindings()
    delivered_ids = {each for each, how in by_action.items() if how == [Outcome.DELIVERED]}
    unnoticed = world.downstream.lost_replies - delivered_ids
    known = [each for each in world.downstream.applied if each not in unnoticed]
    judge_ends(findings, ends, want.actions, known)
    hold("ends are right", None, {name: n for name, n in vars(findings).items() if n})


def _judge_figures(world: World, ends: Ends) -> None:
    """Outcomes are counted once each, and dead letters once a source."""
    for number in range(PARTITIONS):
        rows = world.kafka.restored(STATISTICS_CHANGELOG, number)
        for service in Service:
            told = ends.numbered.get((number, service), {}).values()
            right = Counter(str(each.outcome) for each in told)
            _judge_row(rows.get(OUTCOME_ROWS[service]), right)
        letters = world.kafka.log[DEAD_LETTERS][number]
        reasons = {each.key: dict(each.headers)["reason"].decode() for each in letters}
        _judge_row(rows.get(DEAD_LETTERS_ROW), Counter(reasons.values()))


def _judge_row(raw: bytes | None, right: Counter[str]) -> None:
    counts = {} if raw is None else msgspec.json.decode(raw, type=LabelCounters).counts
    hold("each is counted once", None, counts != right and f"{counts} for {dict(right)}")


def _judge_order(world: World, want: Expected) -> None:
    """Each learner's actions of one type took effect in the order of their events."""
    rank = {action_id: number for number, action_id in enumerate(want.actions)}
    newest: dict[object, int] = {}
    for action_id in world.downstream.applied:
        action = want.actions[action_id]
        lane = (want.keys[action_id], action.type)
        late = newest.get(lane, -1) > rank[action_id]
        hold("actions of a type arrive in order", lane[0], late and action_id)
        newest[lane] = rank[action_id]
