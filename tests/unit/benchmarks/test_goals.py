"""A goal is met, not met or not measured, by invented results."""

from math import inf
from typing import Any

import pytest

from benchmarks.goals import GOALS, latency, until_well
from benchmarks.judging import Found, Goal, NotMeasured, Verdict, at, at_least, at_most, times

SPEED, PEER = at("race", "ours", "speed"), at("race", "peer", "speed")
TWICE = times(2, SPEED, PEER, at("race", "ratio"))


def results(ours: Any = None, peer: Any = None) -> dict[str, Any]:
    """Of one benchmark with two sides; a side without a speed was not measured."""
    sides = {"ours": ours, "peer": peer}
    figures: dict[str, Any] = {name: {"speed": speed} for name, speed in sides.items()}
    if ours and peer:
        figures["ratio"] = ours / peer
    return {"race": {"figures": figures}}


@pytest.mark.parametrize(
    ("ours", "verdict"), [(19.9, Verdict.NOT_MET), (20, Verdict.MET), (None, Verdict.NOT_MEASURED)]
)
def test_as_many_times_the_peer_is_enough(ours: float | None, verdict: Verdict) -> None:
    goal = Goal("race", ">= 2 times", "m/s", TWICE)
    assert goal.verdict(results(ours, 10))[0] is verdict


def test_without_the_peer_there_is_no_verdict() -> None:
    goal = Goal("race", ">= 2 times", "m/s", TWICE)
    assert goal.verdict(results(ours=20)) == (Verdict.NOT_MEASURED, None)
    assert goal.verdict({}) == (Verdict.NOT_MEASURED, None)


def test_what_was_found_is_told_with_the_ratio() -> None:
    assert TWICE(results(30, 10)) == Found(30, met=True, peer=10, ratio=3)


@pytest.mark.parametrize(("ours", "met"), [(0, False), (9.9, False), (10, True), (10.1, True)])
def test_so_much_is_enough(ours: float, met: bool) -> None:
    assert at_least(10, SPEED)(results(ours)).met is met


@pytest.mark.parametrize(("ours", "met"), [(9.9, True), (10, True), (10.1, False)])
def test_so_much_is_the_most(ours: float, met: bool) -> None:
    assert at_most(10, SPEED)(results(ours)).met is met


@pytest.mark.parametrize("spread", [[1, 2, 4], {"least": 1, "middle": 2, "most": 4}])
def test_of_a_spread_the_middle_counts(spread: Any) -> None:
    assert SPEED(results(spread)) == 2


@pytest.mark.parametrize("wrong", ["fast", True, [1, 2], {"p50": 3}, None])
def test_what_is_no_number_was_not_measured(wrong: Any) -> None:
    with pytest.raises(NotMeasured):
        SPEED(results(wrong))


@pytest.mark.parametrize(("sustained", "ours"), [(3, 25.0), (2, inf)])
def test_a_rate_that_was_not_sustained_has_no_latency(sustained: int, ours: float) -> None:
    case = {"runs": 3, "sustained": sustained, "p99": [20, 25, 30]}
    figures = {"4 partitions": {"at_least_once": {"2,000/s": case}}}
    assert latency("at_least_once", "p99")({"latency": {"figures": figures}}) == ours


@pytest.mark.parametrize(("seconds", "found"), [(8.5, 8.5), (None, inf)])
def test_a_worker_that_did_not_recover_takes_for_ever(seconds: float | None, found: float) -> None:
    figures = {"seconds until well again": seconds}
    assert until_well({"pressure": {"figures": figures}}) == found


def test_no_goal_is_met_by_nothing() -> None:
    assert {goal.verdict({})[0] for goal in GOALS} == {Verdict.NOT_MEASURED}


def test_no_goal_stands_twice() -> None:
    assert len({(goal.what, goal.goal) for goal in GOALS}) == len(GOALS)
