import tomllib
from decimal import Decimal

import pytest

from orchestrator.backtest.explore.parameters import BY_RULE, numbers_of, read_parameters
from orchestrator.backtest.explore.ranges import read_values
from orchestrator.errors import InvalidGrid
from tests.unit.core.samples import POLICY_TOML


def values(typed: str) -> list[str]:
    return [str(value) for value in read_values(typed)]


def test_a_range_ends_where_it_says_and_does_not_drift() -> None:
    assert values("0.8..0.9:0.05") == ["0.80", "0.85", "0.90"]
    assert values("20..41:5") == ["20", "25", "30", "35", "40"]
    assert values("7..7:1") == ["7"]


def test_single_values_are_sorted_and_taken_once() -> None:
    assert values("30,20,25.5,20") == ["20", "25.5", "30"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "neither"),
        ("20..40", "neither"),
        ("a..b:c", "neither"),
        ("20..40:0", "goes up"),
        ("40..20:5", "goes up"),
        ("1..1000:1", "larger step"),
        (",".join(map(str, range(60))), "take fewer"),
    ],
)
def test_what_is_no_range_is_refused_with_what_is_wanted(typed: str, why: str) -> None:
    with pytest.raises(InvalidGrid, match=why):
        read_values(typed)


def test_a_parameter_is_named_as_in_the_file_or_by_its_rule() -> None:
    typed = ("break.session.minutes=20,30", "level.up.performance=0.8..0.9:0.05")
    breaks, level = read_parameters(typed, POLICY_TOML)
    assert (breaks.path, breaks.present) == ("breaks.session.after_minutes", Decimal(25))
    assert (level.path, level.present) == ("level.up.performance", Decimal("0.85"))
    assert level.values == (Decimal("0.8"), Decimal("0.85"), Decimal("0.9"))


def test_every_other_name_stands_for_a_number_of_the_policy() -> None:
    numbers = dict(numbers_of(tomllib.loads(POLICY_TOML)))
    assert set(BY_RULE.values()) <= set(numbers)
    assert not set(BY_RULE) & set(numbers)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ((), "One or two"),
        (("a=1", "b=2", "c=3"), "One or two parameters can be drawn, not 3"),
        (("breaks.session.after_minutes",), "has no values"),
        (("break.sesion.minutes=20,30",), r"Near: break\.session\.minutes"),
        (("level.start=1,2",), "no number called"),
        (("level=1,2",), "no number called"),
        (("break.session=20,30", "breaks.session.after_minutes=1,2"), "named twice"),
    ],
)
def test_what_cannot_be_varied_is_refused_with_what_is_near(
    typed: tuple[str, ...], why: str
) -> None:
    with pytest.raises(InvalidGrid, match=why):
        read_parameters(typed, POLICY_TOML)
