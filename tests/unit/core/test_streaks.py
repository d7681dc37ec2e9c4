"""Answers in a row."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.streaks import after_accuracy, after_answers
from tests.unit.core.samples import POLICY


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_only_the_answers_since_the_last_of_the_other_kind_count(answers: list[bool]) -> None:
    last = answers[-1]
    run = next(
        (length for length, one in enumerate(reversed(answers)) if one is not last), len(answers)
    )

    assert after_answers((0, 0), answers) == ((run, 0) if last else (0, run))


def test_a_streak_goes_on_where_it_stood() -> None:
    assert after_answers((2, 0), [True, True]) == (4, 0)
    assert after_answers((0, 2), [False]) == (0, 3)


def test_a_whole_piece_is_one_answer_or_the_end_of_both() -> None:
    assert after_accuracy((2, 0), 0.9, POLICY.streaks) == (3, 0)
    assert after_accuracy((2, 0), 0.1, POLICY.streaks) == (0, 1)
    assert after_accuracy((0, 2), 0.5, POLICY.streaks) == (0, 0)
