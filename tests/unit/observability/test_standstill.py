"""Standstills, by a clock that is set by hand."""

from orchestrator.observability.stuck.standstill import AwakeClock, Place, Standing, Standstills

AFTER_S = 30.0


def busy(done: int, name: str = "events-1") -> Place:
    return Place(name, done, has_work=True)


def test_a_place_with_work_that_does_not_get_on_is_told_once() -> None:
    standstills = Standstills(AFTER_S)

    found = [standstills.look(float(now), [busy(7)]) for now in range(0, 100, 10)]

    assert found == [[], [], [], [Standing("events-1", 30.0)], [], [], [], [], [], []]


def test_what_moves_is_no_standstill_and_may_be_told_again_once_it_stands() -> None:
    standstills = Standstills(AFTER_S)
    standstills.look(0, [busy(7)])
    assert standstills.look(30, [busy(7)])

    assert not standstills.look(40, [busy(8)])
    assert not standstills.look(69, [busy(8)])
    assert standstills.look(70, [busy(8)]) == [Standing("events-1", 30.0)]


def test_a_place_without_work_may_stand_as_long_as_it_likes() -> None:
    standstills = Standstills(AFTER_S)
    idle = Place("events-1", 7, has_work=False)

    assert not any(standstills.look(now, [idle]) for now in range(0, 1000, 10))
    assert not standstills.look(1000, [busy(7)])
    assert standstills.look(1030, [busy(7)])


def test_a_place_that_goes_and_comes_back_begins_anew() -> None:
    standstills = Standstills(AFTER_S)
    standstills.look(0, [busy(7)])

    assert not standstills.look(20, [])
    assert not standstills.look(40, [busy(7)])
    assert standstills.look(70, [busy(7)])


def test_each_place_has_a_standstill_of_its_own() -> None:
    standstills = Standstills(AFTER_S)
    standstills.look(0, [busy(1, "a"), busy(1, "b")])

    assert [each.name for each in standstills.look(30, [busy(1, "a"), busy(2, "b")])] == ["a"]
    assert [each.name for each in standstills.look(60, [busy(1, "a"), busy(2, "b")])] == ["b"]


def test_the_leap_of_a_clock_while_the_process_was_stopped_does_not_count() -> None:
    clock = AwakeClock(100.0, longest_s=2.0)

    assert [clock.read(now) for now in (101.0, 102.5, 3602.5, 3603.5)] == [1.0, 2.5, 4.5, 5.5]
