"""Each side of a pair decides what the fold decides of the same records, byte for byte."""

from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import field
from msgspec.structs import replace

from orchestrator.comparison.both import Both
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.learner_tally import LearnerTally
from orchestrator.comparison.pair import INTERNAL_EVENT, Pair
from orchestrator.comparison.plain import decide_each
from orchestrator.comparison.tally import Tally
from orchestrator.core.actions import Action, ActionType, encode_action
from orchestrator.core.decide import Decision, Position
from orchestrator.core.event_codec import encode_event
from orchestrator.core.events import Event
from orchestrator.core.fold import COUNTERS_KEY, Batch, fold
from orchestrator.core.ids import LearnerId, learner_key
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.state import LearnerState, encode_state
from orchestrator.core.times import micros
from tests.properties.histories import histories, lives
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML, START, erased

CHANGES = [
    {},
    {"after_minutes = 25": "after_minutes = 10"},
    {"streak = 5": "streak = 2"},
    {"performance = 0.35": "performance = 0.5"},
    {"pause_minutes = 15": "pause_minutes = 5"},
    {"repeated = 2": "repeated = 1"},
    {"cooldown_minutes = 0": "cooldown_minutes = 45"},
    {"lateness_limit_hours = 24": "lateness_limit_hours = 1"},
    {'start = "moderate"': 'start = "easy"'},
    {"recent_ids = 64": "recent_ids = 2"},
    {"kept = 3": "kept = 1"},
    {"correct_from = 0.8": "correct_from = 0.5"},
    {"gap_minutes = 15": "gap_minutes = 5"},
    {"gap_minutes = 15": "gap_minutes = 30", "after_minutes = 25": "after_minutes = 20"},
    {"expires_minutes = 10": "expires_minutes = 20", "after_minutes = 25": "after_minutes = 1"},
    {"a short break helps": "a pause helps", "after_minutes = 25": "after_minutes = 20"},
]


def changed(changes: dict[str, str]) -> Policy:
    """The policy of the repository with other numbers or words."""
    texts = [POLICY_TOML, MESSAGES_TOML]
    for old, new in changes.items():
        assert any(old in text for text in texts), old
        texts = [text.replace(old, new) for text in texts]
    return load_policy(*texts)


POLICIES = [changed(each) for each in CHANGES]
numbers = st.integers(0, len(POLICIES) - 1)
pairs = st.tuples(st.just(0) | numbers, numbers)
"""The places of two in POLICIES; the policies themselves would fill a report."""

Sides = tuple[LearnerState | None, LearnerState | None]
Given = tuple[int, list[bytes]]


MANY = settings(max_examples=max(100, settings().max_examples))
"""There are many pairs of policies."""


class Record(NamedTuple):
    """A record of the events topic."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Noting(Tally):
    """Writes down what it is told: the actions of each side by offset."""

    given: tuple[list[Given], list[Given]] = field(default_factory=lambda: ([], []))

    def take(
        self,
        learner: LearnerTally,
        event: Event,
        at: int,
        base: Decision,
        candidate: Decision,
        base_level: Level,
        candidate_level: Level,
    ) -> None:
        assert at == micros(event.timestamp)
        for side, decision in zip(self.given, (base, candidate), strict=True):
            if decision.actions:
                actions = [encode_action(action) for action in all_sketched(decision).actions]
                side.append((decision.state.offset, actions))


def sketched(action: Action) -> Action:
    """What a comparison looks at. An action that both sides give is made once, with base's version;
    only a level's id is part of the state; expiries differ only as the policies do."""
    is_level = action.type is ActionType.LEVEL_SUGGESTED
    return replace(
        action,
        action_id=action.action_id if is_level else "",
        policy_version="",
        created_at=START,
        expires_at=None,
        correlation_id=None,
    )


def all_sketched(decision: Decision) -> Decision:
    actions = tuple(sketched(action) for action in decision.actions)
    return Decision(decision.outcome, decision.state, actions)


def records_of(history: list[Event], seed: int) -> list[Record]:
    """The history as a partition may hold it: of several learners, with all that may go wrong."""
    random, found = Random(seed), list[Record]()
    for event in history:
        one = replace(event, learner_id=LearnerId(random.choice(["ana", "ben", "c/é"])))
        one = erased(event.timestamp, one.learner_id) if random.random() < 0.05 else one
        key, value = learner_key(one.tenant_id, one.learner_id), encode_event(one)
        trouble = random.random()
        if trouble < 0.05:
            found.append(Record(0, key, value))  # comes again
        elif trouble < 0.1:
            found.append(Record(0, random.choice([b"school/other", b"school/ben", None]), value))
        elif trouble < 0.15:
            found.append(Record(0, key, random.choice([None, b"", b"{", value[:-2]])))
        found.append(Record(0, key, value))
    return [record._replace(offset=3 * number) for number, record in enumerate(found)]


def folded(records: list[Record], policy: Policy) -> tuple[list[Given], dict[bytes, bytes], int]:
    """Actions by offset, states by key, and how many were refused."""
    batch = Batch("events", 0, {policy.version: policy}, policy.version, START)
    done = fold(batch, records, {})
    actions = (encode_action(sketched(action)) for _, action in done.actions)
    given = [(row.offset, [next(actions) for _ in row.action_ids]) for row in done.rows()]
    states = {key: raw for key, raw in done.changes.items() if key != COUNTERS_KEY}
    return [each for each in given if each[1]], states, done.counters.refused


def fed(pair: Pair, records: list[Record], size: int) -> None:
    """In pieces that overlap, as they do where a reader begins anew."""
    for first in range(0, len(records), size):
        some = records[max(0, first - 2) : first + size]
        pair.feed([r.offset for r in some], [r.key for r in some], [r.value for r in some])


def states_of(pair: Pair) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
    base = {key: encode_state(one.base) for key, one in pair.learners.items() if one.base}
    other = {
        key: encode_state(one.candidate) for key, one in pair.learners.items() if one.candidate
    }
    return base, other


@MANY
@given(histories | lives, pairs, st.integers(0, 2**32), st.integers(1, 40))
def test_each_side_decides_what_the_fold_decides(
    history: list[Event], chosen: tuple[int, int], seed: int, size: int
) -> None:
    policies = POLICIES[chosen[0]], POLICIES[chosen[1]]
    records, tally, coverage = records_of(history, seed), Noting(), Coverage()
    pair = Pair(0, *policies, tally, coverage)
    fed(pair, records, size)

    sides = zip(policies, tally.given, states_of(pair), strict=True)
    for policy, given_by, states in sides:
        actions, rows, refused = folded(records, policy)
        assert given_by == actions
        assert states == rows
        assert refused == sum(
            count for why, count in coverage.skipped.items() if why != INTERNAL_EVENT
        )


@MANY
@given(histories | lives, pairs)
def test_the_short_way_decides_what_the_plain_way_decides(
    history: list[Event], chosen: tuple[int, int]
) -> None:
    policies = POLICIES[chosen[0]], POLICIES[chosen[1]]
    both = Both(*policies)
    short: Sides = (None, None)
    plain: Sides = (None, None)
    for offset, event in enumerate(history):
        position = Position(0, offset)
        expected = decide_each(plain, event, position, policies)
        decisions = both.decide(short, event, micros(event.timestamp), position)
        assert [all_sketched(one) for one in decisions] == [all_sketched(one) for one in expected]
        assert [encode_state(one.state) for one in decisions] == [
            encode_state(one.state) for one in expected
        ]
        short, plain = ((one.state, other.state) for one, other in (decisions, expected))


@given(histories | lives)
def test_states_that_are_equal_are_one_object(history: list[Event]) -> None:
    pair = Pair(0, POLICIES[0], POLICIES[1], Tally(), Coverage())
    for offset, event in enumerate(history):
        pair.feed([offset], [learner_key(event.tenant_id, event.learner_id)], [encode_event(event)])
        for learner in pair.learners.values():
            assert (learner.base is learner.candidate) == (learner.base == learner.candidate)
