"""The first look at an event against the rules, which it must never contradict."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orchestrator.core.actions import encode_action
from orchestrator.core.case import Case
from orchestrator.core.events import AssessmentComplete, CourseworkAnalyzed, Event, LearnerProgress
from orchestrator.core.levels import Level
from orchestrator.core.rules.quiet import SEEN_THROUGH, calls_for_nothing, sees_through
from orchestrator.core.rules.table import RULES
from orchestrator.core.session import Session
from orchestrator.core.state import encode_state, new_learner
from orchestrator.core.times import MINUTE, micros
from tests.properties.histories import histories, lives, ratios
from tests.unit.core.samples import POLICY, Learner, assessment, coursework, progress

ASK_EVERY_RULE = replace(POLICY, seen_through=frozenset())
STEPS = [assessment(0.6), progress(0.6), coursework(0.6), coursework(0.6, gaps=["fractions"])]


def lived(history: list[Event], learner: Learner) -> list[tuple[bytes, list[bytes]]]:
    """The bytes of the state and of the actions after each event."""
    decisions = map(learner.sees, history)
    return [
        (encode_state(one.state), [encode_action(action) for action in one.actions])
        for one in decisions
    ]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any event of a step, on any figures around the thresholds."""
    event, minutes = draw(st.sampled_from(STEPS)), st.integers(0, 40)
    at = micros(event.timestamp)
    breaks = st.none() | minutes.map(lambda ago: at - ago * MINUTE)
    state = replace(
        new_learner(draw(st.sampled_from(Level))),
        correct_streak=draw(st.integers(0, 6)),
        incorrect_streak=draw(st.integers(0, 6)),
        session=Session(draw(minutes) * MINUTE, at, at),
        last_break_at=draw(breaks),
    )
    behind = draw(st.sampled_from([0, MINUTE, 20 * MINUTE]))
    figures = draw(ratios | st.none()), draw(ratios | st.none())
    return Case(event, at, POLICY, state, behind, *figures)


@given(histories | lives)
def test_asking_every_rule_gives_the_same_bytes(history: list[Event]) -> None:
    assert lived(history, Learner()) == lived(history, Learner(policy=ASK_EVERY_RULE))


@given(cases())
def test_where_an_event_calls_for_nothing_every_rule_is_silent(case: Case) -> None:
    fired = [rule.id for rule in POLICY.rules[type(case.event)] if rule.check(case).fired]
    assert not (fired and calls_for_nothing(case))


def test_an_ordinary_event_calls_for_nothing() -> None:
    for event in STEPS[:3]:
        at = micros(event.timestamp)
        assert calls_for_nothing(Case(event, at, POLICY, new_learner(Level.EASY), 0, 0.6, 0.7))


def test_the_shortcut_is_for_those_types_of_which_it_knows_every_rule() -> None:
    assert {rule.id for rule in RULES} >= SEEN_THROUGH
    assert not sees_through(RULES)
    assert POLICY.seen_through == {AssessmentComplete, CourseworkAnalyzed, LearnerProgress}
