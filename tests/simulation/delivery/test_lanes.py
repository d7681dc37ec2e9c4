"""Which lane is next."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.actions import ActionType
from orchestrator.delivery.agenda import Agenda
from orchestrator.delivery.lanes import Lane
from orchestrator.delivery.waits import all_rested

BREAK, SEL = ActionType.GAME_BREAK, ActionType.SEL_INTERVENTION


def lane(kind: ActionType = BREAK, name: str = "l", *, asked: bool = False) -> Lane:
    one = Lane(0, name.encode(), kind)
    one.asked = asked
    return one


def popped(agenda: Agenda, now: float) -> list[Lane]:
    found = []
    while (one := agenda.pop(now)) is not None:
        found.append(one)
    return found


def test_an_empty_agenda_has_nothing() -> None:
    assert Agenda().pop(1e9) is None
    assert Agenda().next_due() is None


def test_lanes_come_by_when_they_are_due_and_not_before() -> None:
    agenda = Agenda()
    late, early, never = lane(), lane(), lane()
    agenda.add(late, 5.0)
    agenda.add(early, 3.0)
    agenda.add(never, 9.0)
    assert agenda.next_due() == 3.0
    assert agenda.pop(2.999) is None
    assert popped(agenda, 5.0) == [early, late]
    assert agenda.next_due() == 9.0


def test_of_lanes_due_at_the_same_time_the_first_to_come_is_first() -> None:
    agenda = Agenda()
    lanes = [lane() for _ in range(50)]
    for one in lanes:
        agenda.add(one, 1.0)
    assert popped(agenda, 1.0) == lanes


def test_interventions_come_before_all_that_is_due_longer() -> None:
    agenda = Agenda()
    ordinary, urgent, urgent_later = lane(), lane(SEL), lane(SEL)
    agenda.add(ordinary, 1.0)
    agenda.add(urgent_later, 9.0)
    agenda.add(urgent, 5.0)
    assert popped(agenda, 6.0) == [urgent, ordinary]


def test_hastened_interventions_are_due_and_those_that_failed_longest_ago_come_first() -> None:
    agenda = Agenda()
    rests, was_due, breaks = lane(SEL), lane(SEL), lane(BREAK)
    agenda.add(rests, 30.0)
    agenda.add(was_due, 2.0)
    agenda.add(breaks, 30.0)
    agenda.hasten(10.0)
    assert popped(agenda, 10.0) == [was_due, rests]
    assert agenda.next_due() == 30.0


def test_an_intervention_that_the_service_asked_to_wait_is_not_hastened() -> None:
    agenda = Agenda()
    agenda.add(lane(SEL, asked=True), 30.0)
    agenda.hasten(10.0)
    assert agenda.next_due() == 30.0


@given(
    st.lists(st.tuples(st.sampled_from([BREAK, SEL]), st.integers(0, 20), st.booleans())),
    st.integers(0, 20),
    st.booleans(),
)
def test_lanes_that_are_gone_never_come_and_all_others_do(
    entries: list[tuple[ActionType, int, bool]], now: int, hastened: bool
) -> None:
    agenda = Agenda()
    lanes = []
    for kind, due, gone in entries:
        one = lane(kind)
        agenda.add(one, float(due))
        one.gone = gone
        lanes.append((one, due))
    if hastened:
        agenda.hasten(float(now))
    agenda.drop_gone()
    left = [one for one, _ in lanes if not one.gone]
    assert len(agenda) == len(left)
    due_now = [
        one for one, due in lanes if not one.gone and (due <= now or (hastened and one.kind is SEL))
    ]
    found = popped(agenda, float(now))
    assert set(found) == set(due_now)
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, key=lambda kind: kind is BREAK)
    assert set(popped(agenda, 1e9)) == set(left) - set(found)


async def test_lanes_are_waited_for_until_all_have_rested() -> None:
    lanes = [lane() for _ in range(3)]
    waiting = asyncio.create_task(all_rested(lanes, 100.0))
    for one in lanes:
        await asyncio.sleep(1.0)
        assert not waiting.done()
        one.rested.set()
    await waiting
    assert asyncio.get_running_loop().time() == pytest.approx(3.0, abs=0.01)


async def test_lanes_are_waited_for_no_longer_than_told() -> None:
    await all_rested([lane()], 7.0)
    assert asyncio.get_running_loop().time() == pytest.approx(7.0, abs=0.01)


async def test_no_lanes_are_not_waited_for() -> None:
    await all_rested([], 7.0)
    assert asyncio.get_running_loop().time() < 1.0
