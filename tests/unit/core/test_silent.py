"""What would have been enough for a rule that stayed silent, in words."""

from collections.abc import Sequence

import pytest

from orchestrator.core.decide import Position
from orchestrator.core.events import Event
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.why.silent import Past, Silent, silent_rules
from tests.unit.core.samples import (
    MESSAGES_TOML,
    POLICY,
    POLICY_TOML,
    Learner,
    after,
    assessment,
    baseline,
    coursework,
    engagement_low,
    progress,
    sel,
)


def silent(before: Sequence[Event], event: Event, policy: Policy = POLICY) -> dict[str, Silent]:
    """By rule, after a life up to the event."""
    learner = Learner(policy=policy)
    for one in before:
        learner.sees(one)
    state = learner.state if before else None
    past = Past(state, event, Position(0, 1_000), policy)
    return {each.rule: each for each in silent_rules(past)}


@pytest.mark.parametrize(
    ("before", "event", "rule", "words"),
    [
        ([], coursework(0.81), "level.up.performance", "an accuracy of 0.85 instead of 0.81"),
        ([], coursework(0.5), "level.down.performance", "an accuracy of 0.35 instead of 0.5"),
        (
            [],
            coursework(0.6, engagement=0.5),
            "break.engagement",
            "an engagement below 0.3 instead of 0.5",
        ),
        ([], coursework(0.6), "break.engagement", "an engagement below 0.3"),
        ([], coursework(0.6), "path.coursework", "a gap that the coursework shows"),
        (
            [coursework(0.6, answers=[True] * 2)],
            coursework(0.6, after(5), answers=[True]),
            "level.up.streak",
            "2 more correct answers",
        ),
        (
            [coursework(0.6, minutes=10)],
            coursework(0.6, after(5), minutes=12),
            "break.session",
            "3 more minutes of work reported",
        ),
        ([], sel("medium"), "sel.high_severity", "high severity"),
        ([], sel("low"), "sel.repeated", "1 more like it, right after it"),
        (
            [sel("high"), engagement_low(after(5))],
            engagement_low(after(12)),
            "break.engagement_low",
            "3 minutes later",
        ),
        (
            [assessment(0.8), assessment(0.8)],
            assessment(0.8),
            "level.up.performance",
            "a score of 0.95 instead of 0.8",
        ),
        ([], baseline(0.6), "level.baseline", "a score below 0.5 instead of 0.6"),
        ([], progress(engagement=0.5), "level.up.performance", "a performance of 0.85"),
        ([], progress(engagement=0.5), "level.down.performance", "a performance of 0.35"),
    ],
)
def test_the_least_change_is_told(before: list[Event], event: Event, rule: str, words: str) -> None:
    assert silent(before, event)[rule].words.split("; or ")[0] == words


def test_a_rule_that_was_overtaken_says_by_which() -> None:
    found = silent([], sel("high"))
    assert found.keys() == {"sel.repeated"}
    twice = silent([sel("low")], sel("high"))["sel.repeated"]
    assert twice.overtaken_by == "sel.high_severity"
    assert twice.words == "it would have asked for the same, and sel.high_severity comes first"


def test_where_no_single_change_is_enough_it_says_what_the_rule_waits_for() -> None:
    at_the_top = [baseline(0.95)]
    found = silent(at_the_top, coursework(0.9, after(5)))["level.up.performance"]
    assert found.changes == ()
    assert found.words == "The learner's level is advanced already, and nothing is harder."


def test_of_a_duplicate_and_a_late_event_no_rule_was_asked() -> None:
    one = coursework(0.6, after(hours=30))
    assert silent([one], one) == {}
    assert silent([one], coursework(0.6)) == {}


def test_a_rule_without_words_in_the_policy_is_not_told_of() -> None:
    without = MESSAGES_TOML.replace('["path.coursework"]', '["path.coursework-no"]')
    assert without != MESSAGES_TOML
    head, _, tail = MESSAGES_TOML.partition('["path.coursework"]')
    rest = tail[tail.index("\n[") :]
    earlier = load_policy(POLICY_TOML, head + rest, earlier=True)
    assert "path.coursework" not in silent([], coursework(0.6), earlier)
