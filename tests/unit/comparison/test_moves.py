"""Which lost and added actions are one that has moved."""

from orchestrator.comparison.learner_tally import OpenAction
from orchestrator.comparison.moves import MOVED_WITHIN, counterpart, still_open
from orchestrator.core.times import MINUTE

LOST = OpenAction(0, 2, 0, True)


def added(minutes: float, kind: int = 2) -> OpenAction:
    return OpenAction(int(minutes * MINUTE), kind, 0, False)


def test_a_lost_one_is_made_up_for_within_half_an_hour_either_way() -> None:
    assert counterpart([LOST], added(30)) is LOST
    assert counterpart([OpenAction(MOVED_WITHIN, 2, 0, True)], added(0)) is not None
    assert counterpart([OpenAction(MOVED_WITHIN + 1, 2, 0, True)], added(0)) is None


def test_the_oldest_is_made_up_for_first() -> None:
    later, earlier = OpenAction(5 * MINUTE, 2, 0, True), OpenAction(MINUTE, 2, 0, True)
    assert counterpart([later, earlier], added(6)) is earlier


def test_neither_another_type_nor_the_same_side_makes_up() -> None:
    assert counterpart([LOST], added(1, kind=0)) is None
    assert counterpart([added(0)], added(1)) is None


def test_one_is_open_until_an_action_of_its_type_comes_more_than_half_an_hour_after() -> None:
    assert still_open([LOST], added(30)) == [LOST]
    assert still_open([LOST], added(31)) == []
    assert still_open([LOST], added(31, kind=0)) == [LOST]
