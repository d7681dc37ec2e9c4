"""What is said of the rules is true: if that happens, a rule fires; with any less, it does not."""

from collections.abc import Iterator
from typing import Any

from hypothesis import event as told
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.decide import Position, decide
from orchestrator.core.events import Event, EventType
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.state import LearnerState
from orchestrator.core.times import moment
from orchestrator.core.why.table import waiting
from orchestrator.core.why.ways import Comparison, Waiting, Way
from tests.properties.histories import histories, long_history
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML, Learner, event

COOLING = load_policy(
    POLICY_TOML.replace("cooldown_minutes = 0", "cooldown_minutes = 45").replace(
        "repeated = 2", "repeated = 3"
    ),
    MESSAGES_TOML,
)
"""Alerts are quietened, and three of them are needed."""

NEUTRAL: dict[str, dict[str, Any]] = {
    "BASELINE_COMPLETE": {"overall_score": 0.6},
    "SLP_UPDATED": {},
    "SEL_ALERT": {"alert_type": "anxiety", "severity": "medium"},
    "COURSEWORK_ANALYZED": {"performance_metrics": {"accuracy": 0.6}},
    "ASSESSMENT_COMPLETE": {"score": 0.6},
    "LEARNER_PROGRESS": {"performance_score": 0.6},
    "ENGAGEMENT_LOW": {},
}
"""Data that by itself calls for as little as data of the type can."""

LESS = 0.001

SHADOWED: frozenset[str] = frozenset()
"""Rules whose event may be taken by one before them that asks for the same type of action."""

MANY = settings(max_examples=max(60, settings().max_examples))
"""The states in which a rule waits for something odd are rare."""


def events_of(way: Way, value: Any, times: int, at: int) -> list[Event]:
    """So many events that show the value, all at one time."""
    if way.field == "data.answers":
        return [made(way.event, way.field, [value] * times, at)] if times else []
    return [made(way.event, way.field, value, at) for _ in range(times)]


def made(kind: EventType, field: str | None, value: Any, at: int) -> Event:
    data: dict[str, Any] = {
        name: dict(part) if isinstance(part, dict) else part for name, part in NEUTRAL[kind].items()
    }
    if field == "data.engagement_score" and kind is EventType.LEARNER_PROGRESS:
        data = {}
    if field is not None and value is not None:
        *parents, name = field.split(".")[1:]
        place = data
        for parent in parents:
            place = place[parent]
        place[name] = ["a gap"] * value if name == "learning_gaps" else value
    return event(kind, data, moment(at))


def fires(rule: str, state: LearnerState, policy: Policy, events: list[Event]) -> bool:
    """Whether the rule gives its action by the last of the events."""
    given: set[str] = set()
    for one in events:
        decision = decide(state, one, Position(state.partition, state.offset + 1), policy)
        assert decision.outcome == "decided"
        state = decision.state
        given |= {action.rule for action in decision.actions}
    return rule in given


def enough(way: Way) -> Any:
    """The value that is just enough."""
    if way.comparison is Comparison.BELOW:
        assert isinstance(way.value, float)
        return max(0.0, way.value - LESS)
    return way.value


def too_little(way: Way) -> Any:
    """The nearest value that is not enough; None if there is no such."""
    if way.comparison is Comparison.BELOW:
        return way.value
    if way.comparison is Comparison.EQUALS:
        return "medium" if way.field == "data.severity" else not way.value
    if way.field == "data.learning_gaps":
        return 0
    assert isinstance(way.value, float)
    less = way.value - LESS if way.comparison is Comparison.AT_LEAST else way.value + LESS
    ends = 600 if way.field == "data.session_duration" else 1
    return less if 0 <= less <= ends else None


def moments(way: Way, state: LearnerState) -> Iterator[int]:
    """The first and the last moment at which it may happen."""
    first = max(way.not_before or 0, state.last_event_at)
    yield first
    if way.not_after is not None:
        assert way.not_after >= first
        yield way.not_after


def holds(one: Waiting, way: Way, state: LearnerState, policy: Policy) -> None:
    """What is said of one way, at its first and at its last moment."""
    rule = one.rule
    for at in moments(way, state) if rule not in SHADOWED else ():
        assert fires(rule, state, policy, events_of(way, enough(way), way.times, at)), (rule, way)
    first = next(moments(way, state))
    fewer = events_of(way, enough(way), way.times - 1, first)
    assert not fires(rule, state, policy, fewer), (rule, way)
    little = None if way.comparison is None else too_little(way)
    if little is not None and not is_enough_elsewhere(one, way):
        less = events_of(way, little, way.times, first)
        assert not fires(rule, state, policy, less), (rule, way, little)
    if is_a_gate(way, state, policy):
        assert way.not_before is not None
        early = events_of(way, enough(way), way.times, way.not_before - 1)
        assert not fires(rule, state, policy, early), (rule, way)


def is_enough_elsewhere(one: Waiting, way: Way) -> bool:
    """Whether any event of the type is another way: what is too little for one is not for it."""
    others = (other for other in one.ways if other is not way and other.event is way.event)
    return any(other.field is None and other.times == 1 for other in others)


def is_a_gate(way: Way, state: LearnerState, policy: Policy) -> bool:
    """Whether not_before lies ahead; of minutes it is only when they can be over, by the clock."""
    if way.not_before is None or way.not_before <= state.last_event_at:
        return False
    last = state.last_break_at
    gap_ends = None if last is None else last + policy.breaks.gap
    return way.field != "data.session_duration" or way.not_before == gap_ends


def all_hold(learner: Learner) -> None:
    if learner.state.is_blank:
        return
    for one in waiting(learner.state, learner.policy):
        told(f"{one.rule}: {'ways' if one.ways else 'an obstacle'}")
        for way in one.ways:
            holds(one, way, learner.state, learner.policy)


@MANY
@given(histories)
def test_what_a_rule_waits_for_makes_it_fire_and_less_does_not(history: list[Event]) -> None:
    for policy in (POLICY, COOLING):
        learner = Learner(policy=policy)
        for one in history:
            learner.sees(one)
        all_hold(learner)


@MANY
@given(st.integers(0, 2**32), st.integers(1, 80))
def test_so_it_is_at_any_time_of_a_long_life(seed: int, length: int) -> None:
    learner = Learner()
    for one in long_history(seed, length):
        learner.sees(one)
    all_hold(learner)
