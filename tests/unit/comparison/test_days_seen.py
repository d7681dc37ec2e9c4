"""The days on which a learner was seen, in whatever order."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.comparison.days_seen import KEPT, is_new_day

FIRST = 20_000


@given(st.lists(st.integers(FIRST, FIRST + KEPT)))
def test_each_day_counts_once(days: list[int]) -> None:
    seen = SimpleNamespace(day=-1, earlier=0)
    assert sum(is_new_day(seen, day) for day in days) == len(set(days))


def test_a_day_from_long_before_the_newest_is_none() -> None:
    seen = SimpleNamespace(day=-1, earlier=0)
    assert is_new_day(seen, FIRST)
    assert is_new_day(seen, FIRST + KEPT + 1)
    assert not is_new_day(seen, FIRST)
    assert is_new_day(seen, FIRST + 1)
    assert seen.earlier < 2**63
