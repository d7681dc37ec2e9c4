"""How much may differ."""

from datetime import date

import pytest

from orchestrator.comparison.budgets import exceeded, read_budgets
from orchestrator.comparison.ignores import read_ignores
from orchestrator.errors import InvalidBudgets
from tests.unit.comparison.samples import SOONER, Feed, policy_with
from tests.unit.core.samples import after, coursework, sel

SPARING = policy_with(("repeated = 2", "repeated = 3"))
"""Loses interventions, and the breaks that come with them."""


def over(feed: Feed, *expressions: str, ignores: str = "") -> list[str]:
    comparison = feed.comparison(
        budgets=read_budgets(expressions), ignores=read_ignores(ignores, date(2025, 1, 1))
    )
    assert [one.expression for one in comparison.budgets] == [one.strip() for one in expressions]
    return [one.expression for one in exceeded(comparison)]


def faults(*expressions: str) -> list[str]:
    with pytest.raises(InvalidBudgets) as caught:
        read_budgets(expressions)
    return caught.value.faults


def test_a_count_is_exceeded_by_more_or_if_it_is_asked_so_by_as_many() -> None:
    feed = Feed(SPARING).sees(sel(), sel(at=after(10)))
    assert over(feed, "lost.SEL_INTERVENTION>0", "lost.SEL_INTERVENTION>1") == [
        "lost.SEL_INTERVENTION>0"
    ]
    assert over(feed, "lost.SEL_INTERVENTION >= 1") == ["lost.SEL_INTERVENTION >= 1"]
    assert over(feed, "added.SEL_INTERVENTION>0", "changed.GAME_BREAK>0") == []


def test_a_percentage_is_of_what_base_gives() -> None:
    feed = Feed(SOONER).sees(*(coursework(minutes=30, at=after(hours=n)) for n in range(4)))
    feed.sees(coursework(minutes=21, at=after(hours=5)))
    assert over(feed, "added.GAME_BREAK>25%", "added.GAME_BREAK>24.9%", "differing.GAME_BREAK>=25%"
                ) == ["added.GAME_BREAK>24.9%", "differing.GAME_BREAK>=25%"]  # fmt: skip
    (seen, *_) = feed.comparison(budgets=read_budgets(["added.GAME_BREAK>25%"])).budgets
    assert (seen.observed, seen.allowed, seen.limit) == (1.0, 1.0, "25%")


def test_of_nothing_any_is_too_much() -> None:
    feed = Feed(SOONER).sees(coursework(minutes=21))
    assert over(feed, "added.GAME_BREAK>900%") == ["added.GAME_BREAK>900%"]


def test_harms_are_counted_even_if_the_difference_is_expected() -> None:
    ignore = '[[ignore]]\nname = "a"\nwhy = "b"\nuntil = 2026-01-01\ntypes = ["SEL_INTERVENTION"]\n'
    feed = Feed(SPARING).sees(sel(), sel(at=after(10)))
    expressions = ("lost.SEL_INTERVENTION>0", "harm.lost_interventions>0")
    assert over(feed, *expressions) == [*expressions]
    assert over(feed, *expressions, ignores=ignore) == ["harm.lost_interventions>0"]


def test_all_faults_of_all_expressions_are_told_at_once() -> None:
    found = faults("lst.GAME_BRAKE>x", "added.GAME_BREAK", "harm.lost_interventions>5%", "harm.x>1")
    assert [fault.split(": ", 1)[0] for fault in found] == [
        "lst.GAME_BRAKE>x", "lst.GAME_BRAKE>x", "lst.GAME_BRAKE>x", "added.GAME_BREAK",
        "harm.lost_interventions>5%", "harm.x>1",
    ]  # fmt: skip
    assert "'lst' is none of harm, changed, lost, added, moved, differing" in found[0]
    assert "LEARNING_PATH_UPDATE" in found[1]
    assert "'x' is no number" in found[2]
    assert "like lost.SEL_INTERVENTION>0" in found[3]
    assert "lost_interventions" in found[5]


NO_BUDGETS = [
    "", ">", "added.GAME_BREAK<5", "added.GAME_BREAK>-1", "added>5", "same.GAME_BREAK>5",
    "added.GAME_BREAK>5%%", "harm.breaks_a_day>1", "added.GAME_BREAK>nan", "added.GAME_BREAK>1e9",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_BUDGETS)
def test_what_is_no_budget_is_refused(text: str) -> None:
    assert faults(text)
