"""What undoes a canary, and what does not."""

from itertools import accumulate
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orchestrator.comparison.guard_rails import Figures, Paired, Watch, chance, judge
from orchestrator.core.guard_rails import GuardRails

RAILS = GuardRails()
numbers = st.integers(0, 500)
pairs = st.builds(Paired, numbers, numbers, numbers)


def breaks(both: int, base: int, candidate: int) -> Figures:
    return Figures(hours=10.0, breaks=Paired(both, base, candidate))


def interventions(both: int, base: int, candidate: int) -> Figures:
    return Figures(hours=10.0, interventions=Paired(both, base, candidate))


def rail(whole: Figures, rails: GuardRails = RAILS, look: int = 1) -> str | None:
    found = judge(rails, whole, whole, look)
    return None if found is None else found.rail


def test_a_storm_of_breaks_breaks_the_rail_and_says_so() -> None:
    found = judge(RAILS, breaks(5, 0, 25), breaks(5, 0, 25), 1)

    assert found is not None
    assert (found.rail, found.observed, found.limit) == ("breaks_up", 5.0, 0.2)
    assert found.sentence == (
        "500% more breaks in the newest window (30 breaks instead of 5 in 10.0 learner-hours), "
        "20% are let be"
    )


def test_a_few_more_breaks_are_let_be() -> None:
    assert rail(breaks(1_000, 0, 200)) is None
    assert rail(breaks(1_000, 0, 201)) == "breaks_up"


def test_fewer_breaks_break_no_rail() -> None:
    assert rail(breaks(10, 500, 0)) is None


def test_one_break_does_not_undo() -> None:
    assert rail(breaks(0, 0, 1)) is None
    assert rail(breaks(0, 0, 19)) is None
    assert rail(breaks(0, 0, 20)) == "breaks_up"


def test_fewer_interventions_break_their_rail() -> None:
    assert rail(interventions(380, 20, 0)) is None
    assert rail(interventions(380, 21, 0)) == "interventions_down"
    assert rail(interventions(380, 0, 100)) is None


def test_what_is_slow_shows_in_the_whole() -> None:
    window, whole = interventions(3, 1, 0), interventions(300, 40, 0)
    found = judge(RAILS, window, whole, 5)

    assert found is not None
    assert found.over == "the whole canary"


def test_one_lost_intervention_for_a_high_severity_undoes_at_once() -> None:
    lost = Figures(high_severity_lost=1)

    assert rail(lost) == "high_severity_lost"
    assert rail(lost, GuardRails(high_severity_lost=1)) is None
    assert Watch(RAILS, since=0).look(1, lost) is not None


def test_the_numbers_are_the_operators() -> None:
    more = breaks(100, 0, 40)

    assert rail(more) == "breaks_up"
    assert rail(more, GuardRails(breaks_up=0.5)) is None
    assert rail(more, GuardRails(least=241)) is None


@given(pairs, pairs, st.integers(1, 300))
def test_policies_that_agree_never_break_a_rail(first: Paired, other: Paired, look: int) -> None:
    alike = Figures(
        breaks=replace(first, base_alone=0, candidate_alone=0),
        interventions=replace(other, base_alone=0, candidate_alone=0),
    )
    rails = GuardRails(breaks_up=0, interventions_down=0, least=1, false_undo=0.5)

    assert rail(alike, rails, look) is None


@given(st.integers(0, 120), st.integers(0, 120))
def test_the_chance_is_never_told_smaller_than_it_is(more: int, fewer: int) -> None:
    total = more + fewer
    exact = sum(comb(total, each) for each in range(more, total + 1)) / 2**total

    assert chance(more, fewer) >= min(1.0, exact) - 1e-12


def test_a_window_is_looked_at_when_it_has_ended() -> None:
    storm, watch = breaks(5, 0, 25), Watch(GuardRails(window_s=60), since=1_000)

    assert watch.look(1_059, storm) is None
    assert watch.look(1_060, storm) is not None


def test_a_storm_that_follows_a_quiet_day_shows_in_its_own_window() -> None:
    watch = Watch(GuardRails(window_s=60), since=0)
    quiet = [breaks(100 * number, 0, 0) for number in range(1, 200)]
    for number, figures in enumerate(quiet, start=1):
        assert watch.look(60 * number, figures) is None
    found = watch.look(60 * 200, breaks(19_910, 0, 40))

    assert found is not None
    assert found.over == "the newest window"


DAYS_WINDOWS = 288
CANARIES = 300


@pytest.mark.parametrize("disagreeing", [4, 40])
def test_canaries_that_are_no_worse_are_hardly_ever_undone(disagreeing: int) -> None:
    """Each as good as the policy in force, at odds with it at every window, for a whole day.

    `false_undo` is for a canary's whole life: 300 times 1 % would be 3, and 9 hardly ever.
    """
    random = Random(f"canaries {disagreeing}")
    undone = sum(_is_undone(random, disagreeing, 0.5) for _ in range(CANARIES))

    assert undone <= 9


def test_canaries_that_are_worse_are_undone_within_the_hour() -> None:
    random = Random("worse")
    undone = sum(_is_undone(random, 40, 0.9, looks=12) for _ in range(CANARIES))

    assert undone == CANARIES


def _is_undone(
    random: Random, disagreeing: int, candidates: float, looks: int = DAYS_WINDOWS
) -> bool:
    """Whether a canary is, that disagrees about so many breaks in each window and agrees on few."""
    alone = [sum(random.random() < candidates for _ in range(disagreeing)) for _ in range(looks)]
    watch = Watch(RAILS, since=0)
    return any(
        watch.look(300.0 * number, breaks(10 * number, disagreeing * number - theirs, theirs))
        for number, theirs in enumerate(accumulate(alone), start=1)
    )
