"""What each rule waits for, in words and as data."""

from datetime import timedelta

import pytest

from orchestrator.core.levels import Level
from orchestrator.core.rules.table import RULES
from orchestrator.core.times import MINUTE, micros
from orchestrator.core.why.table import EXPLAINERS, waiting
from orchestrator.core.why.ways import Comparison, Waiting
from tests.unit.core.samples import (
    POLICY,
    START,
    Learner,
    after,
    assessment,
    baseline,
    coursework,
    engagement_low,
    progress,
    sel,
)


def waits(learner: Learner) -> dict[str, Waiting]:
    """By rule."""
    return {one.rule: one for one in waiting(learner.state, learner.policy)}


def test_every_rule_has_an_explainer() -> None:
    """A rule without one: add it to EXPLAINERS in core/why/table.py."""
    assert set(EXPLAINERS) == {rule.id for rule in RULES}


def test_a_streak_waits_for_the_answers_that_are_missing() -> None:
    learner = Learner()
    learner.sees(coursework(answers=[True] * 3))
    found = waits(learner)
    assert found["level.up.streak"].words == "2 more correct answers in a row"
    (way,) = found["level.up.streak"].ways
    assert (way.field, way.value, way.times) == ("data.answers", True, 2)
    assert (way.observed, way.threshold) == (3, 5)
    assert found["level.down.streak"].words == "3 more incorrect answers in a row"

    learner.sees(coursework(answers=[True]))
    assert waits(learner)["level.up.streak"].words == "1 more correct answer"


def test_an_assessment_is_counted_with_those_that_stay() -> None:
    learner = Learner()
    assert "an assessment of 0.85 or better" in waits(learner)["level.up.performance"].words
    for score in (0.4, 0.8, 0.8):
        learner.sees(assessment(score))
    *_, way = waits(learner)["level.up.performance"].ways
    assert way.words == "an assessment of 0.95 or better"
    assert (way.comparison, way.times) == (Comparison.AT_LEAST, 1)
    assert way.value == pytest.approx(0.95)

    learner.sees(assessment(0.5))  # with 0.8 and 0.5 even a perfect one would not do, nor two
    *_, way = waits(learner)["level.up.performance"].ways
    assert (way.times, way.words) == (3, "3 assessments in a row of 0.85 or better")
    learner.sees(assessment(0.9))
    *_, way = waits(learner)["level.up.performance"].ways
    assert (way.times, way.words) == (2, "2 assessments in a row of 0.83 or better")


def test_a_break_says_from_when_on() -> None:
    learner = Learner()
    learner.sees(engagement_low(after(27)))
    found = waits(learner)
    words = "a report that the learner is losing interest, and no break before 2024-03-04 09:42 UTC"
    assert found["break.engagement_low"].words == words
    for rule in ("break.sel", "break.engagement", "break.engagement_low"):
        for way in found[rule].ways:
            assert way.not_before == micros(after(42))


def test_after_the_gap_nothing_is_said_of_it() -> None:
    learner = Learner()
    learner.sees(engagement_low(START))
    learner.sees(progress(0.6, after(15)))
    assert all(way.not_before is None for way in waits(learner)["break.engagement"].ways)


def test_a_session_waits_for_the_minutes_that_are_missing() -> None:
    learner = Learner()
    learner.sees(coursework(minutes=13))
    (way,) = waits(learner)["break.session"].ways
    assert way.words == "12 minutes more of learning without a pause of 15 minutes"
    assert (way.observed, way.threshold, way.value) == (13, 25, 12)
    assert way.not_before == micros(START + timedelta(minutes=12))


def test_time_that_has_elapsed_counts_and_is_part_of_the_next_report() -> None:
    learner = Learner()
    learner.sees(coursework(minutes=10))
    learner.sees(progress(0.6, after(8)))
    (way,) = waits(learner)["break.session"].ways
    assert way.words.startswith("7 minutes more")
    assert way.value == 15  # minutes since the last report, 8 of which are over


def test_alerts_wait_for_one_more_within_the_window() -> None:
    learner = Learner()
    assert waits(learner)["sel.repeated"].words == "2 alerts about feelings within 60 minutes"
    learner.sees(sel("low"))
    (way,) = waits(learner)["sel.repeated"].ways
    assert way.words == "an alert about feelings until 2024-03-04 10:00 UTC"
    assert (way.times, way.not_after) == (1, micros(START) + 60 * MINUTE)


def test_a_first_assessment_has_to_stand_for_another_level() -> None:
    words = waits(Learner(Level.MODERATE))["level.baseline"].words
    assert words == "a first assessment below 0.5; or a first assessment of 0.75 or better"
    words = waits(Learner(Level.BEGINNER))["level.baseline"].words
    assert words == "a first assessment of 0.25 or better"
    assert waits(Learner())["path.baseline"].words == "a first assessment"


def test_at_an_end_it_says_that_there_is_none_further() -> None:
    learner = Learner()
    learner.sees(baseline(1.0))
    found = waits(learner)
    for rule in ("level.up.streak", "level.up.performance"):
        assert found[rule].ways == ()
        assert found[rule].words.startswith("The learner's level is advanced already")
    assert found["level.down.streak"].ways
    assert waits(Learner(Level.BEGINNER))["level.slp"].obstacle


def test_a_rule_that_the_policy_has_no_words_for_is_not_its_rule() -> None:
    learner = Learner()
    assert [one.rule for one in waiting(learner.state, POLICY)] == [rule.id for rule in RULES]
