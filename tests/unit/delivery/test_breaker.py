"""When a service is left alone, and how it is probed."""

from random import Random

import pytest

from orchestrator.delivery.breaker import Breaker, BreakerLimits, Permit

LIMITS = BreakerLimits(failures=3, first=1.0, longest=8.0)


class Middle(Random):
    """Draws the middle, so that a wait is what it is without jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class Watch:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def breaker(watch: Watch) -> Breaker:
    return Breaker(watch, Middle(), LIMITS)


def granted(breaker: Breaker) -> Permit:
    permit = breaker.permit()
    assert permit is not None
    return permit


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.failed(granted(breaker))


def test_closed_it_lets_every_attempt_pass(breaker: Breaker) -> None:
    assert all(breaker.permit() for _ in range(100))
    assert (breaker.is_open, breaker.probe_in) == (False, 0.0)


def test_it_opens_at_the_set_number_of_failures_in_a_row(breaker: Breaker) -> None:
    states = []
    for _ in range(3):
        fail(breaker)
        states.append(breaker.is_open)
    assert states == [False, False, True]
    assert breaker.permit() is None


def test_an_answer_in_between_begins_the_row_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert not breaker.is_open


def test_open_it_lets_one_probe_pass_when_its_time_has_come(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    assert breaker.probe_in == 1.0
    watch.now += 0.999
    assert breaker.permit() is None
    watch.now += 0.001
    assert breaker.probe_in == 0.0
    assert breaker.permit() is not None
    assert breaker.permit() is None
    assert breaker.probe_in > 0.0
    assert breaker.is_open


def test_a_probe_that_succeeds_closes_it_and_the_next_wait_is_the_first_again(
    breaker: Breaker, watch: Watch
) -> None:
    fail(breaker, 3)
    watch.now += 1.0
    fail(breaker)
    watch.now += 2.0
    granted(breaker)
    breaker.succeeded()
    assert not breaker.is_open
    fail(breaker, 3)
    assert breaker.probe_in == 1.0


def test_probes_that_fail_double_the_wait_up_to_the_longest(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    waits = []
    for _ in range(6):
        waits.append(breaker.probe_in)
        watch.now += breaker.probe_in
        fail(breaker)
    assert waits == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_with_the_limits_as_they_come_no_wait_is_over_five_seconds(watch: Watch) -> None:
    for seed in range(50):
        breaker = Breaker(watch, Random(seed))
        fail(breaker, 5)
        for _ in range(20):
            assert breaker.probe_in <= 5.0
            watch.now += breaker.probe_in
            fail(breaker)


def test_a_probe_that_was_slow_to_fail_has_been_a_part_of_the_wait(
    breaker: Breaker, watch: Watch
) -> None:
    fail(breaker, 3)
    watch.now += 1.0
    probe = granted(breaker)
    watch.now += 1.5
    breaker.failed(probe)
    assert breaker.probe_in == 0.5
    watch.now += 0.5
    probe = granted(breaker)
    watch.now += 10.0
    breaker.failed(probe)
    assert breaker.probe_in == 0.0


def test_the_wait_stays_the_longest_through_days_without_the_service(
    breaker: Breaker, watch: Watch
) -> None:
    fail(breaker, 3)
    for _ in range(5000):
        watch.now += breaker.probe_in
        fail(breaker)
    assert breaker.probe_in == 8.0


def test_waits_are_spread_by_a_quarter_so_that_workers_do_not_probe_together(watch: Watch) -> None:
    waits = []
    for seed in range(200):
        breaker = Breaker(watch, Random(seed), LIMITS)
        fail(breaker, 3)
        waits.append(breaker.probe_in)
    assert 0.75 <= min(waits) < 0.8
    assert 1.2 < max(waits) <= 1.25


def test_a_probe_that_is_broken_off_gives_its_place_to_another(
    breaker: Breaker, watch: Watch
) -> None:
    fail(breaker, 3)
    watch.now += 1.0
    breaker.abandoned(granted(breaker))
    assert breaker.is_open
    assert breaker.permit() is not None


def test_what_was_attempted_before_it_opened_neither_ends_nor_frees_the_probe(
    breaker: Breaker, watch: Watch
) -> None:
    slow = [granted(breaker) for _ in range(3)]
    fail(breaker, 3)
    watch.now += 1.0
    probe = granted(breaker)
    breaker.failed(slow[0])
    breaker.abandoned(slow[1])
    assert breaker.permit() is None
    assert breaker.is_open
    breaker.failed(probe)
    assert breaker.probe_in == 2.0


def test_what_was_attempted_before_an_outage_does_not_open_it_after_the_return(
    breaker: Breaker, watch: Watch
) -> None:
    slow = [granted(breaker) for _ in range(3)]
    fail(breaker, 3)
    watch.now += 1.0
    granted(breaker)
    breaker.succeeded()
    for permit in slow:
        breaker.failed(permit)
    assert not breaker.is_open


def test_an_answer_to_what_was_attempted_before_it_opened_closes_it(
    breaker: Breaker, watch: Watch
) -> None:
    granted(breaker)
    fail(breaker, 3)
    breaker.succeeded()
    assert not breaker.is_open


def test_failures_while_closed_that_were_abandoned_do_not_count(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.abandoned(granted(breaker))
    assert not breaker.is_open
