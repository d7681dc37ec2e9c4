"""The first look at an event against the rules, which it must never contradict."""

from collections.abc import Iterator
from itertools import product

from hypothesis import given
from msgspec.structs import replace

from orchestrator.core.actions import ActionType, encode_action
from orchestrator.core.case import Case, Rule, Verdict
from orchestrator.core.events import (
    BaselineComplete,
    EngagementLow,
    Event,
    LearnerProgress,
    SelAlert,
    SlpUpdated,
)
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy, Words
from orchestrator.core.rules.quiet import SEEN_THROUGH, calls_for_nothing, sees_through
from orchestrator.core.rules.table import RULES
from orchestrator.core.session import Session
from orchestrator.core.state import encode_state, new_learner
from orchestrator.core.times import MINUTE, micros
from tests.properties.histories import histories, lives
from tests.unit.core.samples import POLICY, Learner, assessment, coursework, progress

_PATH = ActionType.LEARNING_PATH_UPDATE
NEVER = Rule("path.never", _PATH, (Event,), lambda _: Verdict(False, None, None))
ALWAYS = Rule("path.always", _PATH, (Event,), lambda _: Verdict(True, None, None))
"""Rules of which nothing is known here."""

STEPS = [assessment(0.6), progress(0.6), coursework(0.6), coursework(0.6, gaps=["fractions"])]


def lived(history: list[Event], learner: Learner) -> list[tuple[bytes, list[bytes]]]:
    """The bytes of the state and of the actions after each event."""
    decisions = map(learner.sees, history)
    return [
        (encode_state(one.state), [encode_action(action) for action in one.actions])
        for one in decisions
    ]


def watched(first: Rule, asked: list[str]) -> Policy:
    """The shipped policy with one more rule, before all others; `asked` will tell who was."""

    def noting(rule: Rule) -> Rule:
        def check(case: Case) -> Verdict:
            asked.append(rule.id)
            return rule.check(case)

        return Rule(rule.id, rule.action, rule.on, check)

    return replace(
        POLICY,
        rules={kind: tuple(map(noting, (first, *known))) for kind, known in POLICY.rules.items()},
        seen_through=frozenset(),
        messages={**POLICY.messages, first.id: Words("It is always time for that.")},
    )


def cases() -> Iterator[Case]:
    """Each event of a step with all figures at, below and above what the shipped rules wait for."""
    down, up, breaks = POLICY.level.down, POLICY.level.up, POLICY.breaks
    for event, performance, engagement, incorrect, correct, worked, behind in product(
        STEPS,
        (None, *around(down.performance), *around(up.performance)),
        (None, *around(breaks.engagement.below)),
        (0, down.streak - 1, down.streak),
        (0, up.streak - 1, up.streak),
        (breaks.session.after - 1, breaks.session.after),
        (0, MINUTE),
    ):
        at = micros(event.timestamp)
        state = replace(
            new_learner(Level.MODERATE),
            correct_streak=correct,
            incorrect_streak=incorrect,
            session=Session(worked, at, at),
        )
        yield Case(event, at, POLICY, state, behind, performance, engagement)


def around(threshold: float) -> tuple[float, float, float]:
    return threshold - 0.01, threshold, threshold + 0.01


@given(histories | lives)
def test_beside_a_rule_that_never_fires_the_others_give_the_same_bytes(
    history: list[Event],
) -> None:
    assert lived(history, Learner()) == lived(history, Learner(policy=watched(NEVER, [])))


def test_where_an_event_calls_for_nothing_only_a_rule_that_is_not_known_is_asked() -> None:
    asked: list[str] = []
    Learner(policy=watched(NEVER, asked)).sees(progress(0.6))

    assert asked == [NEVER.id]


def test_all_that_come_behind_a_rule_that_fires_are_asked() -> None:
    asked: list[str] = []
    decision = Learner(policy=watched(ALWAYS, asked)).sees(progress(0.6))

    assert [action.rule for action in decision.actions] == [ALWAYS.id]
    assert asked == [ALWAYS.id, *(rule.id for rule in POLICY.rules[LearnerProgress])]


def test_where_an_event_calls_for_nothing_every_rule_is_silent() -> None:
    for case in cases():
        fired = [rule.id for rule in POLICY.rules[type(case.event)] if rule.check(case).fired]
        assert not (fired and calls_for_nothing(case)), (case, fired)


def test_an_ordinary_event_calls_for_nothing() -> None:
    for event in STEPS[:3]:
        at = micros(event.timestamp)
        assert calls_for_nothing(Case(event, at, POLICY, new_learner(Level.EASY), 0, 0.6, 0.7))


def test_there_is_no_way_around_a_rule_that_is_not_known() -> None:
    assert {rule.id for rule in RULES} >= SEEN_THROUGH
    assert sees_through(POLICY.rules[LearnerProgress])
    assert not sees_through((*POLICY.rules[LearnerProgress], NEVER))
    assert not POLICY.seen_through & {BaselineComplete, EngagementLow, SelAlert, SlpUpdated}
