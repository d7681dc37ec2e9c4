"""The thresholds: each rule just below, exactly at and just above every number that it looks at."""

from datetime import timedelta
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.counters import DecideCounters
from orchestrator.core.decide import Decision, DecisionOutcome, Position, decide
from orchestrator.core.event_codec import decode_event, encode_event, event_from
from orchestrator.core.events import Event
from orchestrator.core.fold import Batch, fold
from orchestrator.core.ids import learner_key
from orchestrator.core.levels import Level
from orchestrator.core.refusals import Refusal
from orchestrator.core.times import MINUTE, micros
from orchestrator.errors import InvalidEvent
from tests.unit.core.samples import (
    A_HAIR,
    POLICY,
    START,
    Learner,
    after,
    assessment,
    baseline,
    coursework,
    engagement_low,
    event,
    failed,
    progress,
    sel,
    slp,
)

UNDER = 1e-9
"""A hair, where numbers are ratios."""


def evidence(action: Action | None) -> tuple[object, object]:
    assert action is not None
    return action.evidence["observed"], action.evidence["threshold"]


BATCH = Batch("events", 0, {POLICY.version: POLICY}, POLICY.version, START)


class Written(NamedTuple):
    """An event as it stands in its topic."""

    key: bytes
    value: bytes
    offset: int
    headers: tuple[tuple[str, bytes], ...] = ()


def records_of(events: list[Event]) -> list[Written]:
    return [
        Written(learner_key(seen.tenant_id, seen.learner_id), encode_event(seen), offset)
        for offset, seen in enumerate(events)
    ]


def counted(events: list[Event]) -> DecideCounters:
    """The counters after one batch of these events."""
    return fold(BATCH, records_of(events), {}).counters


class TestLevelAdjustmentRules:
    @pytest.mark.parametrize(
        ("score", "level"),
        [
            (1.0, "advanced"),
            (0.90, "advanced"),
            (0.90 - UNDER, "challenging"),
            (0.75, "challenging"),
            (0.75 - UNDER, None),
            (0.50, None),
            (0.50 - UNDER, "easy"),
            (0.25, "easy"),
            (0.25 - UNDER, "beginner"),
            (0.0, "beginner"),
        ],
    )
    def test_a_baseline_places_a_learner_and_says_nothing_of_the_level_he_has(
        self, score: float, level: str | None
    ) -> None:
        expected = None if level is None else ("level.baseline", level)

        assert Learner(Level.MODERATE).gets_level(baseline(score)) == expected

    def test_a_baseline_at_moderate_is_a_suggestion_for_one_who_is_elsewhere(self) -> None:
        learner = Learner(Level.EASY)

        assert learner.gets_level(baseline(0.50)) == ("level.baseline", "moderate")
        assert learner.state.level is Level.MODERATE

    def test_a_baseline_gives_a_path_from_the_level_that_it_gave(self) -> None:
        seen = baseline(0.95, strengths=["reading"], challenges=["fractions"])

        level, path = Learner().sees(seen).actions

        assert (level.confidence, level.evidence) == (0.85, {"observed": 0.95, "threshold": 0.90})
        assert (path.rule, path.confidence) == ("path.baseline", 1.0)
        assert path.parameters == {
            "focus_areas": ["fractions"],
            "strength_areas": ["reading"],
            "initial_level": "advanced",
            "adaptation_enabled": True,
        }

    @pytest.mark.parametrize(
        ("level", "suggested"),
        [
            (Level.ADVANCED, "easy"),
            (Level.CHALLENGING, "easy"),
            (Level.MODERATE, "easy"),
            (Level.EASY, "beginner"),
            (Level.BEGINNER, None),
        ],
    )
    def test_a_low_communication_score_makes_it_easier(
        self, level: Level, suggested: str | None
    ) -> None:
        action = Learner(level).gets(ActionType.LEVEL_SUGGESTED, slp(0.40 - UNDER))

        assert (action and action.parameters["suggested_level"]) == suggested
        assert action is None or action.confidence == 0.75

    @pytest.mark.parametrize("score", [0.40, 1.0, None])
    def test_a_communication_score_of_at_least_40_or_none_changes_nothing(
        self, score: float | None
    ) -> None:
        assert Learner().gets_level(slp(score)) is None

    @pytest.mark.parametrize(
        ("performance", "expected"),
        [
            (0.35 - UNDER, ("level.down.performance", "easy")),
            (0.35, ("level.down.performance", "easy")),
            (0.35 + UNDER, None),
            (0.85 - UNDER, None),
            (0.85, ("level.up.performance", "challenging")),
            (0.85 + UNDER, ("level.up.performance", "challenging")),
        ],
    )
    def test_performance_moves_one_step_both_bounds_included(
        self, performance: float, expected: tuple[str, str] | None
    ) -> None:
        for seen in (coursework(performance), assessment(performance), progress(performance)):
            assert Learner().gets_level(seen) == expected

    def test_a_step_has_a_confidence_and_its_evidence(self) -> None:
        up = Learner().gets(ActionType.LEVEL_SUGGESTED, progress(0.91))
        down = Learner().gets(ActionType.LEVEL_SUGGESTED, progress(0.12))

        assert up is not None
        assert down is not None
        assert (up.confidence, evidence(up)) == (0.80, (0.91, 0.85))
        assert (down.confidence, evidence(down)) == (0.80, (0.12, 0.35))
        assert up.parameters == {
            "current_level": "moderate",
            "suggested_level": "challenging",
            "temporary": False,
        }

    def test_nobody_falls_below_beginner_or_rises_above_advanced(self) -> None:
        assert Learner(Level.BEGINNER).gets_level(progress(0.0)) is None
        assert Learner(Level.ADVANCED).gets_level(progress(1.0)) is None

    @pytest.mark.parametrize(("right", "rises"), [(4, False), (5, True)])
    def test_five_right_answers_in_a_row_raise(self, right: int, rises: bool) -> None:
        expected = ("level.up.streak", "challenging") if rises else None

        assert Learner().gets_level(coursework(answers=[True] * right)) == expected

    @pytest.mark.parametrize(("wrong", "falls"), [(2, False), (3, True)])
    def test_three_wrong_answers_in_a_row_lower(self, wrong: int, falls: bool) -> None:
        expected = ("level.down.streak", "easy") if falls else None

        assert Learner().gets_level(coursework(answers=[False] * wrong)) == expected

    @pytest.mark.parametrize(
        ("accuracy", "streaks"),
        [
            (0.80, (1, 0)),
            (0.80 - UNDER, (0, 0)),
            (0.40 + UNDER, (0, 0)),
            (0.40, (0, 1)),
        ],
    )
    def test_accuracy_counts_as_one_answer_where_answers_are_not_listed(
        self, accuracy: float, streaks: tuple[int, int]
    ) -> None:
        learner = Learner()

        learner.sees(coursework(accuracy))

        assert (learner.state.correct_streak, learner.state.incorrect_streak) == streaks

    def test_an_accuracy_in_between_resets_both_streaks(self) -> None:
        for answers in ([True, True], [False, False]):
            learner = Learner()
            learner.sees(coursework(answers=answers))
            learner.sees(coursework(0.6))
            assert (learner.state.correct_streak, learner.state.incorrect_streak) == (0, 0)

    def test_listed_answers_count_rather_than_accuracy(self) -> None:
        learner = Learner()

        learner.sees(coursework(0.6, answers=[True, True]))

        assert learner.state.correct_streak == 2

    def test_a_right_answer_ends_wrong_ones_and_the_reverse(self) -> None:
        learner = Learner()

        learner.sees(coursework(answers=[False, False, True]))
        assert (learner.state.correct_streak, learner.state.incorrect_streak) == (1, 0)
        learner.sees(coursework(answers=[True, False]))
        assert (learner.state.correct_streak, learner.state.incorrect_streak) == (0, 1)

    def test_the_rules_see_the_streaks_after_the_last_answer(self) -> None:
        assert Learner().gets_level(coursework(answers=[True] * 9 + [False])) is None
        assert Learner().gets_level(coursework(answers=[False] * 9 + [True])) is None

    def test_a_sixth_right_answer_does_not_raise_again(self) -> None:
        learner = Learner(Level.EASY)

        assert learner.gets_level(coursework(answers=[True] * 5)) is not None
        assert learner.gets_level(coursework(answers=[True])) is None
        assert learner.gets_level(coursework(answers=[True] * 4)) is not None

    @pytest.mark.parametrize(
        "change",
        [baseline(0.95), slp(0.1), progress(0.9), progress(0.1), assessment(0.95)],
        ids=lambda seen: str(seen.type),
    )
    def test_any_change_of_level_ends_the_streaks(self, change: Event) -> None:
        for answers in ([True] * 4, [False] * 2):
            learner = Learner()
            learner.sees(coursework(answers=answers))
            assert learner.gets_level(change) is not None
            assert (learner.state.correct_streak, learner.state.incorrect_streak) == (0, 0)

    def test_performance_is_looked_at_before_streaks(self) -> None:
        down = Learner().gets_level(coursework(0.2, answers=[False] * 3))
        up = Learner().gets_level(coursework(0.9, answers=[True] * 5))

        assert down == ("level.down.performance", "easy")
        assert up == ("level.up.performance", "challenging")

    def test_down_is_looked_at_before_up(self) -> None:
        seen = coursework(0.95, answers=[False] * 3)

        assert Learner().gets_level(seen) == ("level.down.streak", "easy")

    def test_where_a_step_down_is_impossible_a_step_up_may_be_given(self) -> None:
        seen = coursework(0.95, answers=[False] * 3)

        assert Learner(Level.BEGINNER).gets_level(seen) == ("level.up.performance", "easy")

    def test_progress_without_performance_runs_no_level_rule(self) -> None:
        learner = Learner(Level.ADVANCED)
        learner.sees(coursework(answers=[True] * 5))
        learner.state = replace(learner.state, level=Level.EASY)

        assert learner.gets_level(progress(engagement=0.9)) is None
        assert learner.gets_level(progress(0.6)) == ("level.up.streak", "moderate")

    def test_an_assessment_counts_by_the_mean_of_the_latest_three(self) -> None:
        learner = Learner()
        scores = [0.0, 0.90, 0.80]
        for number, score in enumerate(scores):
            learner.sees(assessment(score, after(days=number)))
        level = learner.state.level

        rising = learner.gets(ActionType.LEVEL_SUGGESTED, assessment(0.85, after(days=3)))

        assert rising is not None
        assert evidence(rising) == (0.85, 0.85)
        assert rising.parameters["current_level"] == level

    def test_a_mean_is_not_missed_by_a_hair(self) -> None:
        learner = Learner(Level.BEGINNER)
        for score in (0.1, 0.1):
            learner.sees(assessment(score))
        learner.state = replace(learner.state, level=Level.MODERATE)

        assert learner.gets_level(assessment(0.85)) == ("level.down.performance", "easy")
        assert learner.state.performance == 0.35

    @pytest.mark.parametrize(
        ("age", "mean"), [(timedelta(days=30), 0.5), (timedelta(days=30) + A_HAIR, 0.6)]
    )
    def test_an_assessment_counts_for_30_days_inclusive(self, age: timedelta, mean: float) -> None:
        learner = Learner()

        learner.sees(assessment(0.4, START))
        learner.sees(assessment(0.6, START + age))

        assert learner.state.performance == mean

    def test_an_assessment_that_comes_late_takes_its_place_by_its_own_time(self) -> None:
        learner = Learner()
        for day in (1, 2, 3):
            learner.sees(assessment(0.6, after(days=day)))

        learner.sees(assessment(0.0, START))

        assert [one.score for one in learner.state.assessments] == [0.6, 0.6, 0.6]

    def test_of_assessments_at_one_time_the_later_to_arrive_stay(self) -> None:
        learner = Learner()

        for score in (0.41, 0.42, 0.43, 0.44):
            learner.sees(assessment(score))

        assert [one.score for one in learner.state.assessments] == [0.42, 0.43, 0.44]

    @pytest.mark.parametrize(
        ("level", "suggested"),
        [
            (Level.ADVANCED, "easy"),
            (Level.MODERATE, "easy"),
            (Level.EASY, None),
            (Level.BEGINNER, None),
        ],
    )
    def test_fading_interest_suggests_easy_for_a_while_and_leaves_the_level(
        self, level: Level, suggested: str | None
    ) -> None:
        learner = Learner(level)
        learner.sees(coursework(answers=[True] * 4))

        action = learner.gets(ActionType.LEVEL_SUGGESTED, engagement_low())

        assert (action and action.parameters["suggested_level"]) == suggested
        assert action is None or (action.confidence, action.parameters["temporary"]) == (0.6, True)
        assert (learner.state.level, learner.state.correct_streak) == (level, 4)
        assert learner.state.pending is None

    def test_gaps_in_coursework_give_a_path(self) -> None:
        seen = coursework(0.6, gaps=["fractions", "units"], mastery=["shapes"])

        path = Learner().gets(ActionType.LEARNING_PATH_UPDATE, seen)

        assert path is not None
        assert (path.rule, evidence(path)) == ("path.coursework", (2, 1))
        assert path.parameters == {
            "remediation_topics": ["fractions", "units"],
            "acceleration_topics": ["shapes"],
        }

    def test_coursework_without_gaps_gives_no_path(self) -> None:
        seen = coursework(0.6, mastery=["shapes"], engagement=0.5)

        assert Learner().gets(ActionType.LEARNING_PATH_UPDATE, seen) is None

    @pytest.mark.parametrize(
        ("engagement", "adjustments"),
        [
            (0.30 - UNDER, ("high", "increased", "high", "active")),
            (0.30, ("moderate", "normal", "moderate", "mixed")),
            (0.60 - UNDER, ("moderate", "normal", "moderate", "mixed")),
            (0.60, ("low", "normal", "focused", "focused")),
        ],
    )
    def test_a_path_is_adjusted_to_engagement(
        self, engagement: float, adjustments: tuple[str, ...]
    ) -> None:
        seen = coursework(0.6, gaps=["units"], engagement=engagement)

        path = Learner().gets(ActionType.LEARNING_PATH_UPDATE, seen)

        names = ("gamification", "breaks", "variety", "interaction")
        assert path is not None
        assert path.parameters["engagement_adjustments"] == dict(
            zip(names, adjustments, strict=True)
        )

    def test_level_and_path_expire_a_day_after_their_event_arrived(self) -> None:
        for action in Learner().sees(coursework(0.9, gaps=["units"])).actions:
            assert action.expires_at == START + timedelta(days=1, seconds=1)

    def test_a_suggestion_that_failed_is_taken_back(self) -> None:
        learner = Learner()
        suggestion = learner.gets(ActionType.LEVEL_SUGGESTED, progress(0.9))
        learner.sees(coursework(answers=[True] * 2))
        assert suggestion is not None

        learner.sees(failed(suggestion))

        assert learner.state.level is Level.MODERATE
        assert (learner.state.correct_streak, learner.state.pending) == (0, None)

    def test_a_suggestion_that_failed_gives_way_to_the_level_that_was_delivered(self) -> None:
        learner = Learner()
        learner.sees(progress(0.9))
        second = learner.gets(ActionType.LEVEL_SUGGESTED, progress(0.9))
        assert second is not None

        learner.sees(failed(second, delivered_level="challenging"))

        assert learner.state.level is Level.CHALLENGING

    def test_where_nothing_was_delivered_all_suggestions_are_taken_back(self) -> None:
        learner = Learner(Level.EASY)
        learner.sees(progress(0.9))
        second = learner.gets(ActionType.LEVEL_SUGGESTED, progress(0.9))
        assert second is not None
        assert second.parameters["suggested_level"] == "challenging"

        learner.sees(failed(second))

        assert learner.state.level is Level.EASY

    def test_a_failure_that_changes_no_level_leaves_the_streaks(self) -> None:
        learner = Learner()
        learner.sees(progress(0.9))
        second = learner.gets(ActionType.LEVEL_SUGGESTED, progress(0.1))
        learner.sees(coursework(answers=[True] * 2))
        assert second is not None

        learner.sees(failed(second))

        assert (learner.state.level, learner.state.correct_streak) == (Level.MODERATE, 2)

    def test_the_failure_of_an_older_suggestion_changes_nothing(self) -> None:
        learner = Learner(Level.EASY)
        first = learner.gets(ActionType.LEVEL_SUGGESTED, progress(0.9))
        learner.sees(progress(0.9))
        assert first is not None

        decision = learner.sees(failed(first))

        assert (decision.outcome, decision.actions) == (DecisionOutcome.DECIDED, ())
        assert learner.state.level is Level.CHALLENGING
        assert learner.state.pending is not None

    def test_a_failure_is_heard_although_the_learner_has_gone_on_for_days(self) -> None:
        learner = Learner()
        suggestion = learner.gets(ActionType.LEVEL_SUGGESTED, progress(0.9))
        learner.sees(progress(0.6, after(days=3)))
        assert suggestion is not None

        assert learner.sees(failed(suggestion)).outcome is DecisionOutcome.DECIDED
        assert learner.state.level is Level.MODERATE


class TestGameBreakScheduling:
    @pytest.mark.parametrize(
        ("minutes", "rule"),
        [(25 - UNDER * 100, None), (25, "break.session"), (25.5, "break.session")],
    )
    def test_25_minutes_of_work_call_for_movement(self, minutes: float, rule: str | None) -> None:
        assert Learner().gets_break(coursework(minutes=minutes)) == rule

    def test_exactly_25_minutes_in_many_pieces_are_enough(self) -> None:
        learner = Learner()
        pieces = [0.1] * 249

        breaks = [
            learner.gets_break(coursework(minutes=piece, at=after(0.1 * number)))
            for number, piece in enumerate(pieces)
        ]

        assert breaks == [None] * 249
        assert learner.gets_break(coursework(minutes=0.1, at=after(24.9))) == "break.session"

    def test_a_session_break_is_five_minutes_of_movement(self) -> None:
        action = Learner().gets(ActionType.GAME_BREAK, coursework(minutes=30))

        assert action is not None
        assert action.parameters == {"break_type": "movement", "duration_minutes": 5}
        assert (evidence(action), action.confidence) == ((30.0, 25.0), 1.0)
        assert action.title
        assert action.message
        assert action.expires_at == START + timedelta(minutes=10)

    @pytest.mark.parametrize(
        "last",
        [
            baseline(0.6, after(25)),
            coursework(0.6, after(25)),
            assessment(0.6, after(25)),
            progress(0.6, after(25)),
        ],
        ids=lambda seen: str(seen.type),
    )
    def test_elapsed_time_counts_on_every_learning_event(self, last: Event) -> None:
        learner = Learner()
        for minute in (0, 10, 20):
            assert learner.gets_break(progress(0.6, after(minute))) is None

        assert learner.gets_break(last) == "break.session"

    def test_alerts_and_profiles_are_no_activity(self) -> None:
        learner = Learner()
        learner.sees(progress(0.6, after(0)))
        for minute in (5, 10, 14):
            learner.sees(sel("low", after(minute)) if minute == 5 else slp(0.9, after(minute)))

        assert learner.worked() == 0
        learner.sees(progress(0.6, after(15)))
        assert learner.worked() == 0, "15 minutes without activity are a rest"

    @pytest.mark.parametrize(("gap", "worked"), [(15, 0.0), (14.5, 14.5)])
    def test_15_minutes_without_activity_start_a_new_session(
        self, gap: float, worked: float
    ) -> None:
        learner = Learner()

        learner.sees(progress(0.6, START))
        learner.sees(progress(0.6, after(gap)))

        assert learner.worked() == worked

    @pytest.mark.parametrize(("gap", "worked"), [(20, 5.0), (19.5, 13.0)])
    def test_the_pause_is_what_the_reported_duration_leaves(
        self, gap: float, worked: float
    ) -> None:
        learner = Learner()

        learner.sees(coursework(minutes=8, at=START))
        learner.sees(coursework(minutes=5, at=after(gap)))

        assert learner.worked() == worked

    def test_a_stretch_counts_once(self) -> None:
        learner = Learner()
        learner.sees(coursework(minutes=10, at=START))

        learner.sees(progress(0.6, after(6)))
        assert learner.worked() == 16
        learner.sees(coursework(minutes=8, at=after(8)))
        assert learner.worked() == 18
        learner.sees(coursework(minutes=2, at=after(10)))
        assert learner.worked() == 20

    def test_minutes_never_fall_below_zero_and_a_break_forgets_what_had_elapsed(self) -> None:
        learner = Learner()
        learner.sees(progress(0.6, START))
        learner.sees(progress(0.6, after(12)))
        assert learner.gets_break(engagement_low(after(13))) == "break.engagement_low"

        learner.sees(coursework(minutes=3, at=after(16)))

        assert learner.worked() == 3

    def test_a_break_starts_a_new_session(self) -> None:
        learner = Learner()

        assert learner.gets_break(coursework(minutes=40)) == "break.session"

        assert learner.worked() == 0
        assert learner.gets_break(coursework(minutes=15, at=after(15))) is None
        assert learner.worked() == 15

    @pytest.mark.parametrize(
        ("gap", "rule"),
        [
            (timedelta(minutes=15) - A_HAIR, None),
            (timedelta(minutes=15), "break.session"),
            (timedelta(minutes=15) + A_HAIR, "break.session"),
        ],
    )
    def test_two_breaks_are_15_minutes_apart(self, gap: timedelta, rule: str | None) -> None:
        learner = Learner()
        assert learner.gets_break(engagement_low(START)) == "break.engagement_low"

        assert learner.gets_break(coursework(minutes=30, at=START + gap)) == rule

    @pytest.mark.parametrize(
        ("engagement", "rule"),
        [(0.30 - UNDER, "break.engagement"), (0.30, None), (None, None)],
    )
    def test_low_engagement_calls_for_a_moment_off(
        self, engagement: float | None, rule: str | None
    ) -> None:
        assert Learner().gets_break(coursework(engagement=engagement)) == rule
        assert Learner().gets_break(progress(0.6, engagement=engagement)) == rule

    def test_an_attention_break_and_an_energizer_last_three_minutes(self) -> None:
        attention = Learner().gets(ActionType.GAME_BREAK, coursework(engagement=0.1))
        energizer = Learner().gets(ActionType.GAME_BREAK, engagement_low(score=0.2))

        assert attention is not None
        assert energizer is not None
        assert attention.parameters == {"break_type": "attention", "duration_minutes": 3}
        assert energizer.parameters == {"break_type": "energizer", "duration_minutes": 3}
        assert evidence(energizer) == (0.2, None)

    def test_one_event_gives_one_break_the_first_of_the_table(self) -> None:
        decision = Learner().sees(coursework(engagement=0.1, minutes=60))

        breaks = [one.rule for one in decision.actions if one.type is ActionType.GAME_BREAK]
        assert breaks == ["break.engagement"]

    def test_an_event_out_of_order_leaves_the_session_as_it_is(self) -> None:
        learner = Learner()
        learner.sees(coursework(minutes=20, at=after(30)))
        session = learner.state.session

        decision = learner.sees(coursework(0.9, minutes=30, at=after(30) - A_HAIR))

        assert learner.state.session == session
        assert [action.rule for action in decision.actions] == ["level.up.performance"]

    def test_a_session_break_needs_an_event_in_order(self) -> None:
        learner = Learner()
        learner.sees(coursework(minutes=24, at=after(30)))
        learner.state = replace(
            learner.state, session=replace(learner.state.session, worked=26 * MINUTE)
        )

        assert learner.gets_break(progress(0.6, after(29))) is None
        assert learner.gets_break(progress(0.6, after(30))) == "break.session"

    @pytest.mark.parametrize(
        ("behind", "rule"),
        [(timedelta(minutes=10), "break.engagement_low"), (timedelta(minutes=10) + A_HAIR, None)],
    )
    def test_an_event_over_ten_minutes_behind_yields_no_break(
        self, behind: timedelta, rule: str | None
    ) -> None:
        learner = Learner()
        learner.sees(coursework(minutes=20, at=after(60)))

        assert learner.gets_break(engagement_low(after(60) - behind)) == rule
        assert learner.worked() == 20, "a break out of order leaves the session alone"

    def test_an_event_from_before_the_last_break_yields_none(self) -> None:
        learner = Learner()
        assert learner.gets_break(sel("high", after(60))) == "break.sel"

        assert learner.gets_break(engagement_low(after(20))) is None
        assert learner.gets_break(engagement_low(after(75))) == "break.engagement_low"

    def test_an_alert_brings_a_quiet_moment(self) -> None:
        action = Learner().gets(ActionType.GAME_BREAK, sel("high"))

        assert action is not None
        assert action.parameters == {"break_type": "mindfulness", "duration_minutes": 5}
        assert evidence(action) == ("sel.high_severity", None)

    def test_an_alert_without_intervention_brings_no_break(self) -> None:
        assert Learner().gets_break(sel("medium")) is None

    def test_a_break_for_an_alert_ends_the_session_and_is_no_activity(self) -> None:
        learner = Learner()
        learner.sees(coursework(minutes=20, at=START))

        learner.sees(sel("high", after(2)))

        assert learner.worked() == 0
        assert learner.state.session.last_activity_at == learner.state.last_event_at - 2 * MINUTE


class TestSELInterventionRules:
    @pytest.mark.parametrize(
        ("severity", "fires"),
        [
            ("high", True),
            ("HIGH", True),
            ("critical", True),
            ("severe", True),
            (5, True),
            ("medium", False),
            ("Low", False),
            ("", False),
            (None, False),
        ],
    )
    def test_high_severity_and_what_nobody_knows_call_for_help_at_once(
        self, severity: object, fires: bool
    ) -> None:
        action = Learner().gets_intervention(sel(severity))

        assert (action is not None) == fires
        assert action is None or (action.rule, action.parameters["urgency"]) == (
            "sel.high_severity",
            "high",
        )

    def test_an_unknown_severity_is_shown_as_it_was_given(self) -> None:
        assert evidence(Learner().gets_intervention(sel("critical"))) == ("critical", "high")

    @pytest.mark.parametrize(
        ("gap", "fires"),
        [(timedelta(minutes=60), True), (timedelta(minutes=60) + A_HAIR, False)],
    )
    def test_two_alerts_within_an_hour_call_for_help(self, gap: timedelta, fires: bool) -> None:
        learner = Learner()
        assert learner.gets_intervention(sel("low", START)) is None

        action = learner.gets_intervention(sel("low", START + gap, alert_type="attention"))

        assert (action is not None) == fires
        if action is not None:
            assert action.rule == "sel.repeated"
            assert evidence(action) == (2, 2)
            assert action.parameters == {
                "intervention_type": "attention_support",
                "urgency": "moderate",
                "recent_alerts": 2,
            }

    @pytest.mark.parametrize(
        ("alert_type", "intervention"),
        [
            ("anxiety", "anxiety_support"),
            ("Frustration", "frustration_management"),
            ("confidence", "confidence_building"),
            ("ATTENTION", "attention_support"),
            ("other", "general_support"),
            ("homesick", "general_support"),
            (5, "general_support"),
        ],
    )
    def test_the_support_is_of_the_kind_of_the_alert(
        self, alert_type: object, intervention: str
    ) -> None:
        action = Learner().gets_intervention(sel("high", alert_type=alert_type))

        assert action is not None
        assert action.parameters["intervention_type"] == intervention

    def test_a_grave_alert_that_is_repeated_gives_one_intervention_of_high_urgency(self) -> None:
        learner = Learner()
        learner.sees(sel("low", START))

        decision = learner.sees(sel("high", after(1)))

        interventions = [one for one in decision.actions if one.type is ActionType.SEL_INTERVENTION]
        assert [one.rule for one in interventions] == ["sel.high_severity"]
        assert interventions[0].parameters["recent_alerts"] == 2

    def test_an_intervention_never_expires(self) -> None:
        action = Learner().gets_intervention(sel("high"))

        assert action is not None
        assert action.expires_at is None

    def test_an_intervention_is_given_although_no_break_can_be(self) -> None:
        learner = Learner()
        assert learner.gets_break(engagement_low(START)) is not None

        decision = learner.sees(sel("high", after(1)))

        assert [one.rule for one in decision.actions] == ["sel.high_severity"]

    def test_an_alert_is_never_too_late(self) -> None:
        learner = Learner()
        learner.sees(progress(0.6, after(days=9)))

        decision = learner.sees(sel("high", START))

        assert decision.outcome is DecisionOutcome.DECIDED
        assert [one.rule for one in decision.actions] == ["sel.high_severity"]

    def test_an_alert_from_before_the_remembered_ones_counts_itself_alone(self) -> None:
        learner = Learner()
        learner.sees(sel("low", after(hours=9)))

        action = learner.gets_intervention(sel("high", START))

        assert action is not None
        assert action.parameters["recent_alerts"] == 1
        assert len(learner.state.sel_alerts) == 1

    def test_only_alerts_up_to_its_own_time_count(self) -> None:
        learner = Learner()
        learner.sees(sel("low", after(30)))

        assert learner.gets_intervention(sel("low", after(10))) is None
        assert learner.gets_intervention(sel("low", after(40))) is not None

    @pytest.mark.parametrize(
        ("age", "kept"), [(timedelta(minutes=120), 2), (timedelta(minutes=120) + A_HAIR, 1)]
    )
    def test_alerts_are_remembered_for_two_hours(self, age: timedelta, kept: int) -> None:
        learner = Learner()

        learner.sees(sel("low", START))
        learner.sees(sel("low", START + age))

        assert len(learner.state.sel_alerts) == kept

    def test_at_most_32_alerts_are_remembered_the_latest(self) -> None:
        learner = Learner()

        for second in range(40):
            action = learner.gets_intervention(sel("low", START + timedelta(seconds=second)))

        assert len(learner.state.sel_alerts) == 32
        assert action is not None
        assert action.parameters["recent_alerts"] == 32

    def test_without_a_cooldown_every_repeated_alert_calls_again(self) -> None:
        learner = Learner()
        rules = [learner.gets_intervention(sel("low", after(minute))) for minute in range(4)]

        assert [one is not None for one in rules] == [False, True, True, True]

    @pytest.mark.parametrize(
        ("gap", "fires"),
        [(timedelta(minutes=20) - A_HAIR, False), (timedelta(minutes=20), True)],
    )
    def test_a_cooldown_quietens_repeated_alerts_until_it_is_over(
        self, gap: timedelta, fires: bool
    ) -> None:
        policy = replace(POLICY, sel=replace(POLICY.sel, cooldown=20 * MINUTE))
        learner = Learner(policy=policy)
        assert learner.gets_intervention(sel("high", START)) is not None

        assert (learner.gets_intervention(sel("low", START + gap)) is not None) == fires

    def test_a_cooldown_never_quietens_high_severity(self) -> None:
        policy = replace(POLICY, sel=replace(POLICY.sel, cooldown=20 * MINUTE))
        learner = Learner(policy=policy)
        learner.sees(sel("high", START))

        action = learner.gets_intervention(sel("high", after(1)))

        assert action is not None
        assert action.rule == "sel.high_severity"


class TestStatisticsTracking:
    def test_each_event_counts_once_by_its_outcome(self) -> None:
        first = progress(0.6, after(days=2))
        counts = counted([first, first, progress(0.6, START), sel("high", START)])

        assert (counts.decided, counts.duplicates, counts.late, counts.refused) == (2, 1, 1, 0)

    def test_actions_count_by_their_type(self) -> None:
        counts = counted(
            [baseline(0.95), sel("high", after(1)), coursework(0.9, after(40), gaps=["units"])]
        )

        assert counts.actions == {
            ActionType.LEVEL_SUGGESTED: 1,
            ActionType.LEARNING_PATH_UPDATE: 2,
            ActionType.SEL_INTERVENTION: 1,
            ActionType.GAME_BREAK: 1,
        }

    def test_internal_events_count_apart(self) -> None:
        suggestion = Learner().gets(ActionType.LEVEL_SUGGESTED, progress(0.9))
        assert suggestion is not None

        counts = counted([progress(0.9), failed(suggestion), progress(0.6)])

        assert (counts.internal, counts.decided) == (1, 2)

    def test_unknown_severities_are_counted_once_each(self) -> None:
        strange = sel("critical")

        counts = counted([strange, strange, sel("high"), sel(5), sel(""), sel("low")])

        assert counts.unknown_severities == 2

    def test_a_learner_is_active_for_an_hour_after_the_newest_event(self) -> None:
        counts = counted([progress(0.6), progress(0.6, after(10))])

        newest = micros(after(10))
        assert (counts.learners, counts.active_at(newest)) == (1, 1)
        assert counts.active_at(newest + 59 * MINUTE) == 1
        assert counts.active_at(newest + 60 * MINUTE) == 0

    def test_a_batch_read_again_counts_nothing_twice(self) -> None:
        events = [sel("high", after(minute)) for minute in range(6)] + [progress(0.9, after(7))]
        records = records_of(events)
        whole = fold(BATCH, records, {})

        half = fold(BATCH, records[:3], {})
        again = fold(BATCH, records, half.changes)

        assert again.counters == whole.counters
        assert half.rows() + again.rows() == whole.rows()


class TestErrorHandling:
    @pytest.mark.parametrize("bad", [-0.1, 1.1, True, "0.5", float("nan"), float("inf")])
    @pytest.mark.parametrize(
        ("kind", "field"),
        [
            ("BASELINE_COMPLETE", "overall_score"),
            ("SLP_UPDATED", "communication_score"),
            ("ASSESSMENT_COMPLETE", "score"),
            ("LEARNER_PROGRESS", "performance_score"),
            ("LEARNER_PROGRESS", "engagement_score"),
            ("ENGAGEMENT_LOW", "engagement_score"),
        ],
    )
    def test_a_score_that_is_no_ratio_is_refused_by_its_name(
        self, kind: str, field: str, bad: object
    ) -> None:
        with pytest.raises(InvalidEvent) as refused:
            event(kind, {field: bad})

        assert refused.value.reason == Refusal.INVALID_FIELD
        assert f"data.{field}" in refused.value.detail

    @pytest.mark.parametrize("field", ["accuracy", "engagement", "time_efficiency"])
    @pytest.mark.parametrize("bad", [-0.1, 1.1, False, "high", float("nan")])
    def test_a_metric_that_is_no_ratio_is_refused_by_its_name(
        self, field: str, bad: object
    ) -> None:
        metrics: dict[str, object] = {"accuracy": 0.5} | {field: bad}

        with pytest.raises(InvalidEvent) as refused:
            event("COURSEWORK_ANALYZED", {"performance_metrics": metrics})

        assert f"data.performance_metrics.{field}" in refused.value.detail

    @pytest.mark.parametrize(
        ("kind", "field"),
        [
            ("BASELINE_COMPLETE", "data.overall_score"),
            ("SEL_ALERT", "data.alert_type"),
            ("COURSEWORK_ANALYZED", "data.performance_metrics"),
            ("ASSESSMENT_COMPLETE", "data.score"),
            ("LEARNER_PROGRESS", "data.performance_score"),
        ],
    )
    def test_a_missing_field_is_named(self, kind: str, field: str) -> None:
        with pytest.raises(InvalidEvent) as refused:
            event(kind, {})

        assert refused.value.reason == Refusal.MISSING_FIELD
        assert field in refused.value.detail

    @pytest.mark.parametrize("minutes", [0, 600])
    def test_a_duration_may_be_from_nothing_to_ten_hours(self, minutes: float) -> None:
        assert Learner().sees(coursework(minutes=minutes)).outcome is DecisionOutcome.DECIDED

    @pytest.mark.parametrize("minutes", [-0.001, 600.001])
    def test_any_other_duration_is_refused(self, minutes: float) -> None:
        with pytest.raises(InvalidEvent, match="session_duration"):
            coursework(minutes=minutes)

    def test_an_event_without_tenant_is_refused_as_such(self) -> None:
        with pytest.raises(InvalidEvent) as refused:
            event_from({"type": "SLP_UPDATED", "learner_id": "ana"})

        assert refused.value.reason == Refusal.MISSING_TENANT

    @pytest.mark.parametrize("kind", ["LUNCH_EATEN", "LEVEL_SUGGESTION_FAILED"])
    def test_unknown_and_internal_types_are_refused_where_events_enter(self, kind: str) -> None:
        with pytest.raises(InvalidEvent) as refused:
            event(kind, {})

        assert refused.value.reason == Refusal.UNKNOWN_TYPE

    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (b"\xff", Refusal.NOT_UTF8),
            (b"{", Refusal.MALFORMED_JSON),
            (b"", Refusal.MALFORMED_JSON),
            (b"[" * 10_000 + b"]" * 10_000, Refusal.MALFORMED_JSON),
            (b"[]", Refusal.NOT_AN_OBJECT),
            (b"null", Refusal.NOT_AN_OBJECT),
            (b"{}", Refusal.MISSING_FIELD),
        ],
    )
    def test_bytes_that_are_no_event_are_refused_with_a_reason(
        self, raw: bytes, reason: Refusal
    ) -> None:
        with pytest.raises(InvalidEvent) as refused:
            decode_event(raw)

        assert refused.value.reason == reason

    def test_the_same_event_again_changes_nothing_and_yields_nothing(self) -> None:
        learner = Learner()
        seen = coursework(0.9, minutes=30, gaps=["units"])
        state = learner.sees(seen).state

        again = learner.sees(seen)

        assert (again.outcome, again.actions) == (DecisionOutcome.DUPLICATE, ())
        assert again.state is state

    def test_the_same_place_again_changes_nothing_whatever_the_id(self) -> None:
        seen = decide(None, progress(0.6), Position(3, 17), POLICY).state

        for offset, outcome in (
            (16, DecisionOutcome.DUPLICATE),
            (17, DecisionOutcome.DUPLICATE),
            (18, DecisionOutcome.DECIDED),
        ):
            decision = decide(seen, progress(0.9), Position(3, offset), POLICY)
            assert decision.outcome is outcome

    def test_the_place_in_another_partition_tells_nothing(self) -> None:
        seen = decide(None, progress(0.6), Position(3, 17), POLICY).state

        elsewhere = decide(seen, progress(0.9), Position(4, 2), POLICY)

        assert elsewhere.outcome is DecisionOutcome.DECIDED

    def test_64_events_are_remembered_and_an_older_one_is_decided_again_alike(self) -> None:
        learner = Learner()
        first = coursework(0.6, gaps=["units"])
        given = learner.sees(first).actions
        for minute in range(1, 64):
            learner.sees(progress(0.6, after(minute)))
        assert learner.sees(first).outcome is DecisionOutcome.DUPLICATE

        learner.sees(progress(0.6, after(64)))
        again = learner.sees(first)

        assert again.outcome is DecisionOutcome.DECIDED
        assert [one.action_id for one in again.actions] == [one.action_id for one in given]

    @pytest.mark.parametrize(
        ("behind", "outcome"),
        [
            (timedelta(hours=24), DecisionOutcome.DECIDED),
            (timedelta(hours=24) + A_HAIR, DecisionOutcome.LATE),
        ],
    )
    def test_over_24_hours_behind_is_late(
        self, behind: timedelta, outcome: DecisionOutcome
    ) -> None:
        learner = Learner()
        learner.sees(progress(0.6, after(days=2)))

        assert learner.sees(progress(0.9, after(days=2) - behind)).outcome is outcome

    def test_a_late_event_leaves_state_and_actions_untouched(self) -> None:
        learner = Learner()
        state = learner.sees(progress(0.6, after(days=2))).state

        late = learner.sees(coursework(0.9, START, minutes=60, gaps=["units"]))

        assert late == Decision(DecisionOutcome.LATE, state)

    def test_an_assessment_is_never_late(self) -> None:
        learner = Learner()
        learner.sees(progress(0.6, after(days=20)))

        assert learner.gets_level(assessment(0.9, START)) == ("level.up.performance", "challenging")
