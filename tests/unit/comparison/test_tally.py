"""What two policies make of the events of one child, line by line."""

from orchestrator.comparison.harms import harms_of
from orchestrator.comparison.slices import all_slices
from orchestrator.comparison.summary import Kind, SliceBy
from orchestrator.core.actions import ActionType
from orchestrator.core.levels import Level
from tests.unit.comparison.samples import SOONER, Feed, policy_with, row
from tests.unit.core.samples import (
    MESSAGES_TOML,
    POLICY,
    after,
    assessment,
    coursework,
    engagement_low,
    erased,
    progress,
    sel,
)

BREAK, LEVEL = ActionType.GAME_BREAK, ActionType.LEVEL_SUGGESTED
SEL = ActionType.SEL_INTERVENTION

LONGER = policy_with(("\nbelow = 0.30\nminutes = 3", "\nbelow = 0.30\nminutes = 4"))
"""The break for low engagement is a minute longer."""
SPARING = policy_with(("repeated = 2", "repeated = 3"))
"""Support for feelings comes with the third alert."""


def counted(feed: Feed, kind: ActionType) -> dict[Kind, int]:
    found = row(feed.comparison(), kind)
    return {each: getattr(found, each) for each in Kind if getattr(found, each)}


def test_a_break_that_both_give_at_once_is_the_same_whatever_the_threshold() -> None:
    feed = Feed(SOONER).sees(coursework(minutes=30))
    assert counted(feed, BREAK) == {Kind.SAME: 1}
    assert feed.comparison().identical


def test_a_break_that_comes_a_little_sooner_has_moved() -> None:
    feed = Feed(SOONER).sees(coursework(minutes=21), coursework(at=after(5), minutes=5))
    assert counted(feed, BREAK) == {Kind.MOVED: 1}
    one = feed.comparison().most_changed[0]
    assert (one.moved, one.differences) == (1, 1)
    first, second = one.moments
    assert [given.observed for given in first.candidate] == [21.0]
    assert first.base == second.candidate == ()
    assert [given.threshold for given in second.base] == [25.0]
    assert second.base[0].detail == "movement, 5 min"


def test_a_break_that_only_the_candidate_gives_is_added() -> None:
    feed = Feed(SOONER).sees(coursework(minutes=21))
    assert counted(feed, BREAK) == {Kind.ADDED: 1}
    assert feed.comparison().differs


def test_a_break_that_lasts_longer_is_changed() -> None:
    feed = Feed(LONGER).sees(coursework(engagement=0.1))
    assert counted(feed, BREAK) == {Kind.CHANGED: 1}


def test_other_words_are_a_change_too() -> None:
    spoken = 'message = "'
    words = MESSAGES_TOML.replace(spoken, f"{spoken}Now. ")
    feed = Feed(policy_with(messages=words)).sees(sel("high"))
    assert (counted(feed, SEL), counted(feed, BREAK)) == ({Kind.CHANGED: 1}, {Kind.CHANGED: 1})


def test_an_intervention_that_is_lost_is_a_harm() -> None:
    feed = Feed(SPARING).sees(sel(), sel(at=after(10)))
    assert counted(feed, SEL) == {Kind.LOST: 1}
    harms = harms_of(feed.tally)
    assert (harms.lost_interventions, harms.learners_losing_interventions) == (1, 1)


def test_an_intervention_that_comes_within_half_an_hour_is_no_harm() -> None:
    cooldown = ("cooldown_minutes = 0", "cooldown_minutes = 20")
    sparing = policy_with(("repeated = 2", "repeated = 3"), cooldown)
    feed = Feed(sparing, policy_with(cooldown)).sees(sel(), sel(at=after(10)), sel(at=after(20)))
    assert counted(feed, SEL) == {Kind.MOVED: 1}
    assert harms_of(feed.tally).lost_interventions == 0


def test_a_level_two_steps_below_is_a_harm_and_one_step_is_none() -> None:
    steeper = policy_with(("performance = 0.35", "performance = 0.50"))
    feed = Feed(steeper).sees(progress(0.45))
    assert harms_of(feed.tally).largest_fall == 1
    assert harms_of(feed.tally).learners_two_levels_below == 0
    feed.sees(progress(0.45, after(1)))
    assert harms_of(feed.tally).learners_two_levels_below == 1
    assert feed.comparison().levels.events == 2


def test_the_same_action_at_another_level_counts_where_each_gives_it() -> None:
    steeper = policy_with(("performance = 0.35", "performance = 0.50"))
    feed = Feed(steeper).sees(progress(0.45), coursework(at=after(1), gaps=["maps"]))
    path = row(feed.comparison(), ActionType.LEARNING_PATH_UPDATE)
    assert (path.same, path.base, path.candidate) == (1, 1, 1)
    cells = {
        cell.value: (cell.counts.base, cell.counts.candidate)
        for one in all_slices(feed.tally)
        if one.by is SliceBy.LEVEL
        for cell in one.cells
        if cell.type is ActionType.LEARNING_PATH_UPDATE and cell.counts
    }
    assert cells == {Level.MODERATE: (1, 0), Level.EASY: (0, 1)}


def test_more_breaks_a_day_than_the_limit_are_counted_by_day() -> None:
    feed = Feed(POLICY)
    feed.tally.breaks_a_day = 2
    for day in range(2):
        feed.sees(*(engagement_low(after(20 * n, days=day)) for n in range(3 - day)))
    harms = harms_of(feed.tally)
    assert (harms.days_over_base, harms.learners_over_base, harms.learners_newly_over) == (1, 1, 0)
    assert harms.most_breaks_a_day_candidate == 3


def test_of_a_learner_who_was_erased_nothing_is_shown_and_the_counts_stay() -> None:
    feed = Feed(SOONER).sees(coursework(minutes=21), erased(after(1)))
    feed.sees(coursework(at=after(2), minutes=21))
    comparison = feed.comparison()
    assert comparison.most_changed == ()
    assert row(comparison, BREAK).added == 2


def test_twelve_moments_are_kept_and_the_others_counted() -> None:
    feed = Feed(LONGER).sees(*(coursework(at=after(20 * n), engagement=0.1) for n in range(15)))
    (one,) = feed.comparison().most_changed
    assert (len(one.moments), one.moments_left_off, one.changed) == (12, 3, 15)
    assert [moment.at for moment in one.moments] == [after(20 * n) for n in range(12)]


def test_a_childs_worry_and_a_producers_own_words_are_not_shown() -> None:
    line = (
        "# A quiet moment that goes with support for feelings; `minutes` is its length.\nminutes = "
    )
    longer = policy_with((f"{line}5", f"{line}6"))
    feed = Feed(longer).sees(sel("my dog has died", alert_type="anxiety"))
    (one,) = feed.comparison().most_changed
    (given, _) = one.moments[0].base
    assert (given.detail, given.observed) == ("urgency high", "unknown")


def test_an_assessment_that_changes_nothing_says_nothing() -> None:
    feed = Feed(SOONER).sees(assessment(0.6))
    assert feed.comparison().verdict == (
        "The candidate decides exactly as base does, at the one event of 1 learner."
    )
