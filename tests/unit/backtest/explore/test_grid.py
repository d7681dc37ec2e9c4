from decimal import Decimal

import pytest

from orchestrator.backtest.explore.edited import edited
from orchestrator.backtest.explore.grid import make_grid
from orchestrator.backtest.explore.parameters import read_parameters
from orchestrator.core.policy_records import PolicyText
from orchestrator.core.times import MINUTE
from orchestrator.errors import InvalidGrid
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML

BASE = PolicyText(POLICY_TOML, MESSAGES_TOML)


def test_a_number_is_changed_and_nothing_else() -> None:
    numbers = {"breaks.session.after_minutes": Decimal(20), "level.up.streak": Decimal(4)}
    new = edited(POLICY_TOML, numbers).splitlines()
    old = POLICY_TOML.splitlines()
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert changed == [("streak = 5", "streak = 4"), ("after_minutes = 25", "after_minutes = 20")]


def test_a_comment_behind_a_number_stays() -> None:
    text = "[a.b] # of a\r\nc = 1 # of c\r\nd = 'x y'"
    assert edited(text, {"a.b.c": Decimal("2.5")}) == text.replace("1", "2.5")


@pytest.mark.parametrize("text", ["a = {b = 1}", "a.b = 1", "a = {b = 1, c = '''\nb = 3'''}"])
def test_a_number_written_in_another_way_is_refused_rather_than_missed(text: str) -> None:
    with pytest.raises(InvalidGrid, match=r"a\.b: write it as"):
        edited(text, {"a.b": Decimal(2)})


def test_each_point_is_a_policy_of_its_own() -> None:
    typed = ("break.session.minutes=20..30:5", "level.up.performance=0.8,0.9")
    grid = make_grid(BASE, read_parameters(typed, POLICY_TOML))
    policies = [point.text.load() for point in grid.points]
    assert [
        (policy.breaks.session.after // MINUTE, policy.level.up.performance) for policy in policies
    ] == [(20, 0.8), (20, 0.9), (25, 0.8), (25, 0.9), (30, 0.8), (30, 0.9)]
    assert len({policy.version for policy in (*policies, POLICY)}) == 7
    assert grid.left_out == ()


def test_a_point_that_cannot_be_meant_is_named_and_left_out() -> None:
    grid = make_grid(BASE, read_parameters(("level.up.performance=0.3,0.5",), POLICY_TOML))
    assert [point.values for point in grid.points] == [(Decimal("0.5"),)]
    (left_out,) = grid.left_out
    assert left_out.values == (Decimal("0.3"),)
    assert left_out.faults == ("level.up.performance: must be above down.performance",)


def test_a_grid_without_any_policy_is_refused() -> None:
    with pytest.raises(InvalidGrid, match=r"No point of the grid is a policy: level\.up\.streak"):
        make_grid(BASE, read_parameters(("level.up.streak=0.5,1.5",), POLICY_TOML))


def test_too_large_a_grid_is_refused_with_its_size() -> None:
    typed = ("break.session.minutes=20..40:1", "level.up.performance=0.8..0.9:0.01")
    with pytest.raises(InvalidGrid, match=r"231 points, and at most 100"):
        make_grid(BASE, read_parameters(typed, POLICY_TOML))
