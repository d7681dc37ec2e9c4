"""The order of the levels."""

from itertools import pairwise

import pytest

from orchestrator.core.levels import Level, is_above, one_down, one_up


def test_each_level_is_one_step_above_the_one_before() -> None:
    for lower, higher in pairwise(Level):
        assert one_up(lower) is higher
        assert one_down(higher) is lower
        assert is_above(higher, lower)
        assert not is_above(lower, higher)


def test_the_ends_have_no_step_beyond() -> None:
    assert one_down(Level.BEGINNER) is None
    assert one_up(Level.ADVANCED) is None


def test_no_level_is_above_itself() -> None:
    assert not any(is_above(level, level) for level in Level)


@pytest.mark.parametrize("text", ["easy", "EASY", "Easy"])
def test_a_level_is_read_in_any_case(text: str) -> None:
    assert Level(text) is Level.EASY


@pytest.mark.parametrize("text", ["hard", "", "easy ", "none"])
def test_what_is_no_level_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a valid Level"):
        Level(text)
