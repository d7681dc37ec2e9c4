"""Which lane's head has expired."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.actions import ActionType
from orchestrator.delivery.expiries import SPARE, Expiries
from orchestrator.delivery.lanes import Lane
from orchestrator.delivery.rows import Waiting
from tests.unit.delivery.samples import EVENT_AT, action


def when(seconds: float) -> datetime:
    return EVENT_AT + timedelta(seconds=seconds)


def lane(*expire: float | None) -> Lane:
    """One in which actions stand that expire after so many seconds; None: never."""
    one = Lane(0, b"l", ActionType.GAME_BREAK)
    for seconds in expire:
        at = None if seconds is None else when(seconds)
        each = action(ActionType.GAME_BREAK, expires_at=at)
        one.line.append((Waiting(each.action_id, 0, b""), each))
    return one


def known(*lanes: Lane) -> Expiries:
    expiries = Expiries()
    for one in lanes:
        expiries.add(one)
    return expiries


def popped(expiries: Expiries, seconds: float) -> list[Lane]:
    found = []
    while (one := expiries.pop(when(seconds))) is not None:
        found.append(one)
    return found


def test_lanes_come_by_the_expiry_of_their_heads_and_not_before() -> None:
    late, early, never = lane(5), lane(3), lane(None, 1)
    expiries = known(late, early, never)
    assert popped(expiries, 2.9) == []
    assert popped(expiries, 5) == [early, late]
    assert popped(expiries, 1e6) == []


def test_a_time_without_a_zone_is_never_over() -> None:
    one = lane(1)
    waiting, each = one.line.pop()
    naive = action(each.type, expires_at=EVENT_AT.replace(tzinfo=None))
    one.line.append((waiting, naive))
    assert popped(known(one), 1e6) == []


def test_a_lane_is_known_by_the_head_it_had_when_it_was_added_last() -> None:
    one = lane(1, 9)
    expiries = known(one)
    one.line.popleft()
    expiries.add(one)
    assert popped(expiries, 8) == []
    assert popped(expiries, 9) == [one]


def test_added_often_it_comes_once() -> None:
    one = lane(1)
    expiries = known(*[one] * 100)
    expiries.forget(one)
    expiries.add(one)
    assert popped(expiries, 1) == [one]


def test_a_lane_that_is_forgotten_does_not_come() -> None:
    gone, here = lane(1), lane(1)
    expiries = known(gone, here)
    expiries.forget(gone)
    assert popped(expiries, 1) == [here]
    assert len(expiries) == 0


def test_lanes_that_come_and_go_for_days_before_anything_expires_take_no_memory() -> None:
    here = [lane(100) for _ in range(10)]
    expiries = known(*here)
    for _ in range(20 * SPARE):
        one = lane(100)
        expiries.add(one)
        expiries.forget(one)
    assert len(expiries._heap) <= SPARE + 2 * len(here) + 1
    assert popped(expiries, 100) == here


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20) | st.none()), max_size=60))
def test_it_agrees_with_a_list_that_is_looked_through(steps: list[tuple[int, int | None]]) -> None:
    lanes = [lane(None) for _ in range(6)]
    expiries, model = Expiries(), dict[int, int | None]()
    for number, seconds in steps:
        waiting, _ = lanes[number].line.pop()
        at = None if seconds is None else when(seconds)
        lanes[number].line.append((waiting, action(expires_at=at)))
        expiries.add(lanes[number])
        model[number] = seconds
    expired = {n for n, seconds in model.items() if seconds is not None and seconds <= 10}
    assert {lanes.index(one) for one in popped(expiries, 10)} == expired
