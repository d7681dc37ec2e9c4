"""What is said to be silent is silent, at the very thresholds too."""

from collections.abc import Iterator
from itertools import product

from msgspec.structs import replace

from orchestrator.comparison.kin import are_akin, differ_in_breaks_only
from orchestrator.comparison.may_fire import BITS, BREAKS, equal_rules, may_fire, rules_by_bits
from orchestrator.core.actions import ActionType
from orchestrator.core.case import Case, Rule, Verdict
from orchestrator.core.ids import ActionId
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.rules.quiet import SEEN_THROUGH
from orchestrator.core.session import Session
from orchestrator.core.state import Suggestion, new_learner
from orchestrator.core.times import micros
from tests.properties.test_quiet import STEPS, around
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML, Learner, progress


def cases() -> Iterator[Case]:
    """Each event of a step with all figures at, below and above what the shipped rules wait for."""
    down, up, breaks = POLICY.level.down, POLICY.level.up, POLICY.breaks
    for level, event, performance, engagement, incorrect, correct, worked, ago in product(
        (Level.BEGINNER, Level.MODERATE, Level.ADVANCED),
        STEPS,
        (None, *around(down.performance), *around(up.performance)),
        (None, *around(breaks.engagement.below)),
        (0, down.streak - 1, down.streak),
        (0, up.streak - 1, up.streak),
        (breaks.session.after - 1, breaks.session.after),
        (None, breaks.gap - 1, breaks.gap),
    ):
        at = micros(event.timestamp)
        state = replace(
            new_learner(level),
            correct_streak=correct,
            incorrect_streak=incorrect,
            session=Session(worked, at, at),
            last_break_at=None if ago is None else at - ago,
        )
        yield Case(event, at, POLICY, state, 0, performance, engagement)


def test_a_rule_that_is_said_to_be_silent_does_not_fire() -> None:
    rules = rules_by_bits(POLICY)
    for case in cases():
        asked = {rule.id for rule in rules[type(case.event)][may_fire(case)]}
        fired = {rule.id for rule in POLICY.rules[type(case.event)] if rule.check(case).fired}
        assert fired <= asked, case


def test_of_most_events_no_rule_is_asked() -> None:
    learner = Learner()
    learner.sees(progress(0.6))
    case = Case(progress(0.6), micros(progress(0.6).timestamp), POLICY, learner.state, 0, 0.6, 0.7)
    assert may_fire(case) == 0


def test_all_rules_that_can_be_seen_through_are_known() -> None:
    assert frozenset(BITS) == SEEN_THROUGH


def test_a_type_of_event_with_a_rule_that_is_not_known_is_decided_the_plain_way() -> None:
    new = Rule(
        "path.new", ActionType.LEARNING_PATH_UPDATE, (), lambda _: Verdict(False, None, None)
    )
    kind = type(progress(0.6))
    policy = replace(POLICY, rules={**POLICY.rules, kind: (*POLICY.rules[kind], new)})
    assert kind in rules_by_bits(POLICY)
    assert kind not in rules_by_bits(policy)


def test_rules_are_equal_whose_numbers_and_words_are() -> None:
    def of(policy: str, messages: str = MESSAGES_TOML) -> Policy:
        return load_policy(policy, messages)

    everything = sum(BITS.values())
    assert equal_rules(POLICY, of(POLICY_TOML + "\n")) == everything
    sooner = of(POLICY_TOML.replace("after_minutes = 25", "after_minutes = 20"))
    assert equal_rules(POLICY, sooner) == everything & ~BREAKS
    words = MESSAGES_TOML.replace("[path.coursework]", "[path.coursework] # words").replace(
        POLICY.messages["path.coursework"].reason, "There are gaps."
    )
    assert equal_rules(POLICY, of(POLICY_TOML, words)) == everything & ~BITS["path.coursework"]


def test_states_differ_in_their_breaks_only_if_nothing_else_does() -> None:
    state = new_learner(Level.EASY)
    rested = replace(state, last_break_at=5, session=Session(1, 2, 3))
    suggestion = Suggestion(ActionId("a"), Level.EASY, Level.MODERATE)

    assert differ_in_breaks_only(state, rested)
    for changes in (
        {"level": Level.MODERATE},
        {"correct_streak": 1},
        {"incorrect_streak": 1},
        {"pending": suggestion},
        {"last_sel_intervention_at": 7},
    ):
        assert not differ_in_breaks_only(state, replace(rested, **changes)), changes


def test_states_to_which_events_told_other_things_are_not_akin() -> None:
    learner = Learner()
    state = learner.sees(progress(0.6)).state
    copy = replace(state, recent_ids=bytes(bytearray(state.recent_ids)))

    assert are_akin(state, replace(copy, level=Level.EASY, last_break_at=9))
    for name, value in (
        ("performance", 0.5), ("engagement", 0.1), ("sel_alerts", (1,)), ("slp_score", 0.3),
        ("slp_profile", b"{}"), ("last_event_at", 3), ("offset", 7), ("partition", 1),
        ("recent_ids", b"12345678"), ("session", Session(0, None, 4)), ("schema_version", 0),
    ):  # fmt: skip
        assert not are_akin(state, replace(copy, **{name: value})), name
