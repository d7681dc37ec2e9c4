"""Which assessments count."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.assessments import Assessment, mean_score, with_assessment
from orchestrator.core.times import DAY
from tests.unit.core.samples import POLICY

NUMBERS = POLICY.assessments


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1, max_size=8))
def test_the_latest_three_by_their_own_time_are_kept_whatever_the_order(
    taken: list[tuple[int, float]],
) -> None:
    kept: tuple[Assessment, ...] = ()
    for day, score in taken:
        kept = with_assessment(kept, Assessment(day * DAY, score), NUMBERS)

    newest = max(day for day, _ in taken)
    latest = sorted(taken, key=lambda one: one[0])[-3:]  # stable: later arrivals stay behind
    expected = [score for day, score in latest if day >= newest - 30]
    assert [one.score for one in kept] == expected
    assert 0 <= mean_score(kept) <= 1


def test_a_mean_has_nine_places() -> None:
    assert mean_score([Assessment(0, 1.0), Assessment(0, 0.0), Assessment(0, 0.0)]) == 0.333333333


def test_three_times_the_same_score_is_that_score() -> None:
    for score in (0.35, 0.85, 0.1, 0.7):
        assert mean_score([Assessment(0, score)] * 3) == score
