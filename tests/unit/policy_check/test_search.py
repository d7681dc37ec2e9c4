"""How far a search goes, and what it says of that."""

from itertools import count

from msgspec.structs import replace

from orchestrator.policy_check.check import Budget, check
from orchestrator.policy_check.search import Extent
from tests.unit.core.samples import POLICY
from tests.unit.policy_check.house import LIMITS, checked, policy_with


def test_a_small_model_is_exhausted_and_a_large_one_says_how_deep_it_went() -> None:
    extents = {extent.model: extent for extent in checked(POLICY).extents}

    assert set(extents) == {"levels", "like events", "assessments", "feelings", "breaks"}
    assert extents["levels"].exhausted
    assert extents["like events"].exhausted
    assert not extents["breaks"].exhausted
    assert extents["breaks"].depth >= 1


def test_the_same_search_finds_the_same() -> None:
    policy = policy_with(("gap_minutes = 15", "gap_minutes = 2"))
    assert checked(policy).findings == checked(policy).findings


def test_time_that_is_over_ends_it_after_the_least() -> None:
    ticks = count()
    told: list[Extent] = []
    budget = Budget(5, lambda: float(next(ticks)), least=100, tell=told.append)

    whole = check(POLICY, LIMITS, budget)

    assert told
    for extent in whole.extents:
        if extent.model != "like events":  # which is several
            assert 100 <= extent.events < 300


def test_a_longer_search_goes_deeper() -> None:
    depths = [
        next(one.depth for one in checked(POLICY, events=events).extents if one.model == "breaks")
        for events in (1_000, 12_000)
    ]
    assert depths[0] < depths[1]


def test_what_was_only_come_across_does_not_call_itself_the_smallest() -> None:
    policy = policy_with(("pause_minutes = 15", "pause_minutes = 5"))
    findings = checked(policy).findings
    (withheld,) = (one for one in findings if one.id == "break.withheld")
    (slp,) = (one for one in findings if one.id == "level.two-at-once")

    assert not withheld.smallest
    assert slp.smallest


def test_a_rule_that_the_policy_has_no_words_for_is_not_missed() -> None:
    rules = {
        kind: tuple(rule for rule in asked if rule.id != "level.slp")
        for kind, asked in POLICY.rules.items()
    }
    subjects = {one.subject for one in checked(replace(POLICY, rules=rules)).findings}
    assert "level.slp" not in subjects
