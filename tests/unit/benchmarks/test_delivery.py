"""Each action has to be called for once, and each learner's in their order."""

from collections.abc import Sequence

import pytest

from benchmarks.delivery import acting, check
from benchmarks.downstream import Called

ACTIONS = acting(60)
IDS: list[str] = [action.action_id for _, action in ACTIONS]


def test_calls_in_the_order_of_the_topic_are_in_order() -> None:
    check(ACTIONS, Called(IDS, 1))


def test_learners_need_not_keep_to_one_another() -> None:
    by_learner = [action.action_id for _, action in sorted(ACTIONS, key=lambda pair: pair[0])]
    assert by_learner != IDS
    check(ACTIONS, Called(by_learner, 1))


@pytest.mark.parametrize("ids", [IDS[:-1], [*IDS, IDS[0]]], ids=["one is missing", "one twice"])
def test_each_action_is_called_for_once(ids: Sequence[str]) -> None:
    with pytest.raises(AssertionError, match="missing, came twice"):
        check(ACTIONS, Called(ids, 1))


def test_a_learners_calls_out_of_order_are_seen() -> None:
    (key, _), *_ = ACTIONS
    same_learner = [(key, action) for _, action in ACTIONS[:2]]
    swapped = [action.action_id for _, action in reversed(same_learner)]
    with pytest.raises(AssertionError, match="out of order"):
        check(same_learner, Called(swapped, 1))
