"""What would have been enough is enough, and anything less is not."""

from datetime import timedelta

from hypothesis import event as told
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from orchestrator.core.alerts import Severity
from orchestrator.core.decide import Position, decide
from orchestrator.core.events import Event
from orchestrator.core.ids import EventId
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState
from orchestrator.core.why.silent import Change, Past, silent_rules
from orchestrator.core.why.variations import with_value
from tests.properties.histories import histories, long_history
from tests.properties.test_why import COOLING
from tests.unit.core.samples import POLICY, Learner

SOME = settings(max_examples=max(100, settings().max_examples))

STEPS = (0.0, 0.3, 0.9)
"""How far towards what is enough."""

BORDER = {"timestamp": 0.02, "data.session_duration": 0.002}
"""By what is told apart at all; of ratios it is RATIO."""
RATIO = 2e-6


def changed(event: Event, change: Change, value: float) -> Event:
    """The event with a value of the field that is meant."""
    if change.field == "timestamp":
        return replace(event, timestamp=event.timestamp + timedelta(minutes=value))
    if change.field == "data.learning_gaps":
        return with_value(event, change.field, ["a gap"] * int(value))
    return with_value(event, change.field, value)


def with_answers(event: Event, change: Change, count: int) -> Event:
    answers = [*event.data.answers, *["incorrect" not in change.words] * (count - change.observed)]  # type: ignore[attr-defined]
    return with_value(event, change.field, answers)


def fires_repeated(past: Past, rule: str, times: int) -> bool:
    """Whether the rule gives its action on any of so many events like it."""
    state, offset = past.before, past.position.offset
    for number in range(times):
        one = replace(past.event, id=EventId(f"again-{number}"))
        decision = decide(state, one, Position(0, offset + number), past.policy)
        state = decision.state
        if rule in {action.rule for action in decision.actions}:
            return True
    return False


def holds(past: Past, rule: str, change: Change) -> None:
    """What is said of one change."""
    told(change.field)
    if change.field == "event":
        assert fires_repeated(past, rule, change.needed), (rule, change)
        assert not fires_repeated(past, rule, change.needed - 1), (rule, change)
    elif change.field == "data.answers":
        assert rule in past.fires(with_answers(past.event, change, change.needed))
        assert rule not in past.fires(with_answers(past.event, change, change.needed - 1))
    elif change.field == "data.severity":
        assert rule in past.fires(with_value(past.event, change.field, Severity.HIGH))
    else:
        assert rule in past.fires(changed(past.event, change, change.needed)), (rule, change)
        less_is_not_enough(past, rule, change)


def less_is_not_enough(past: Past, rule: str, change: Change) -> None:
    if change.observed is None:
        return
    way = change.needed - change.observed
    border = min(abs(way), BORDER.get(change.field, RATIO))
    values = [change.observed + step * way for step in STEPS]
    values.append(change.needed - (border if way > 0 else -border))
    if change.field == "data.learning_gaps":
        values = [change.observed]
    values = [value for value in values if abs(change.needed - value) >= border]
    for value in values:
        assert rule not in past.fires(changed(past.event, change, value)), (rule, change, value)


def all_hold(before: LearnerState | None, event: Event, policy: Policy) -> None:
    past = Past(before, event, Position(0, 1_000_000), policy)
    for silent in silent_rules(past):
        assert silent.words
        for change in silent.changes:
            holds(past, silent.rule, change)


@SOME
@given(histories)
def test_what_would_have_been_enough_fires_the_rule_and_less_does_not(history: list[Event]) -> None:
    for policy in (POLICY, COOLING):
        learner, before = Learner(policy=policy), None
        for one in history[:-1]:
            learner.sees(one)
            before = learner.state
        for one in history[-1:]:
            all_hold(before, one, policy)


@SOME
@given(st.integers(0, 2**32), st.integers(2, 60))
def test_so_it_is_at_any_time_of_a_long_life(seed: int, length: int) -> None:
    learner = Learner()
    *life, last = long_history(seed, length)
    for one in life:
        learner.sees(one)
    all_hold(learner.state, last, POLICY)
