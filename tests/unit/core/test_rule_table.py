"""The table of rules."""

from orchestrator.core.absorb import ABSORB
from orchestrator.core.case import Case, Verdict
from orchestrator.core.events import INTERNAL, EventType
from orchestrator.core.rules.table import LEARNING, RULES, rules_for
from tests.unit.core.samples import POLICY, Learner, coursework


def test_the_order_is_that_of_the_specification() -> None:
    assert [rule.id for rule in RULES] == [
        "level.baseline",
        "path.baseline",
        "level.slp",
        "level.down.performance",
        "level.down.streak",
        "level.up.performance",
        "level.up.streak",
        "level.engagement_low",
        "path.coursework",
        "sel.high_severity",
        "sel.repeated",
        "break.sel",
        "break.engagement_low",
        "break.engagement",
        "break.session",
    ]


def test_every_type_of_event_is_taken_in_and_every_public_one_has_rules() -> None:
    assert {kind.type for kind in ABSORB} == {*EventType, *INTERNAL}
    assert {kind.type for kind in ABSORB if not rules_for(kind)} == INTERNAL


def test_alerts_and_profiles_are_no_learning() -> None:
    assert {kind.type for kind in LEARNING} == {*EventType} - {
        EventType.SEL_ALERT,
        EventType.SLP_UPDATED,
    }


def test_a_silent_rule_tells_what_it_waits_for() -> None:
    learner = Learner()
    seen = coursework(0.5, answers=[True] * 3, engagement=0.4, minutes=10)
    learner.sees(seen)
    case = Case(seen, learner.state.last_event_at, POLICY, learner.state, 0, 0.5, 0.4)

    waiting = {rule.id: rule.check(case) for rule in rules_for(type(seen))}

    assert waiting["level.up.streak"] == Verdict(False, 3, 5)
    assert waiting["level.down.performance"] == Verdict(False, 0.5, 0.35)
    assert waiting["path.coursework"] == Verdict(False, 0, 1)
    assert waiting["break.engagement"] == Verdict(False, 0.4, 0.30)
    assert waiting["break.session"] == Verdict(False, 10, 25)


def test_a_break_that_only_waits_for_its_time_says_when() -> None:
    learner = Learner()
    learner.sees(coursework(minutes=30))
    gap = POLICY.breaks.gap
    seen = coursework(engagement=0.1)
    at = learner.state.last_event_at
    case = Case(seen, at, POLICY, learner.state, 0, 0.6, 0.1)

    (verdict,) = [
        rule.check(case) for rule in rules_for(type(seen)) if rule.id == "break.engagement"
    ]

    assert verdict == Verdict(False, 0.1, 0.30, not_before=at + gap)
