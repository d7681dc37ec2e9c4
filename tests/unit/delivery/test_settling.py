"""What follows from an attempt: how often, how long apart and until when."""

from datetime import timedelta
from random import Random

import pytest

from orchestrator.core.actions import Outcome
from orchestrator.delivery.settling import (
    Again,
    Backoff,
    Ended,
    consequence,
    counts_as_trouble,
    expired,
)
from orchestrator.delivery.verdicts import Answer, Fault, Verdict, judge_answer, judge_fault
from tests.unit.delivery.samples import EVENT_AT, action

NOW = EVENT_AT + timedelta(minutes=1)
BACKOFF = Backoff(first=1.0, longest=8.0, longest_retry_after=60.0)
BUSY = judge_answer(Answer(503), now=NOW, host="h")
LOST = judge_fault(Fault.RESET, "reset")


class Largest(Random):
    """Draws the upper end."""

    def uniform(self, a: float, b: float) -> float:
        return b


def told_to_wait(seconds: int, status: int = 429) -> Verdict:
    return judge_answer(Answer(status, retry_after=str(seconds)), now=NOW, host="h")


def what_follows(
    verdict: Verdict, attempts: int = 1, left: float | None = None, random: Random | None = None
) -> Ended | Again:
    expires_at = None if left is None else NOW + timedelta(seconds=left)
    return consequence(
        action(expires_at=expires_at),
        verdict,
        attempts=attempts,
        now=NOW,
        backoff=BACKOFF,
        random=random or Largest(),
    )


def wait_after(
    verdict: Verdict, attempts: int = 1, left: float | None = None, random: Random | None = None
) -> float:
    again = what_follows(verdict, attempts, left, random)
    assert isinstance(again, Again)
    return again.seconds


@pytest.mark.parametrize(
    ("status", "outcome", "response"),
    [
        (200, Outcome.DELIVERED, b""),
        (204, Outcome.DELIVERED, b""),
        (409, Outcome.DELIVERED, b""),
        (400, Outcome.REJECTED, b"said"),
        (404, Outcome.REJECTED, b"said"),
        (307, Outcome.REJECTED, b"said"),
    ],
)
@pytest.mark.parametrize("left", [None, 60.0, 0.0])
def test_a_final_answer_ends_it_even_if_it_came_too_late(
    status: int, outcome: Outcome, response: bytes, left: float | None
) -> None:
    verdict = judge_answer(Answer(status, body=b"said"), now=NOW, host="h")
    ended = what_follows(verdict, attempts=3, left=left)
    assert ended == Ended(outcome, NOW, 3, status, verdict.detail, response)


def test_waits_double_up_to_the_longest() -> None:
    assert [wait_after(BUSY, n) for n in range(1, 8)] == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    assert wait_after(BUSY, 100_000) == 8.0


def test_waits_are_drawn_from_the_whole_range_by_the_generator_given() -> None:
    first, second = Random(7), Random(7)
    waits = [wait_after(LOST, 9, random=first) for _ in range(300)]
    assert waits == [wait_after(LOST, 9, random=second) for _ in range(300)]
    assert 0.0 <= min(waits) < 0.2
    assert 7.8 < max(waits) <= 8.0


def test_a_wait_says_what_it_is_for() -> None:
    assert what_follows(BUSY) == Again(1.0, "answered 503", 503, asked=False)
    assert what_follows(LOST) == Again(1.0, "reset: reset", None, asked=False)
    assert what_follows(told_to_wait(20)) == Again(21.0, "answered 429", 429, asked=True)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_to_with_a_little_jitter_on_top(status: int) -> None:
    assert wait_after(told_to_wait(20, status)) == 21.0
    assert wait_after(told_to_wait(0, status), attempts=9) == 1.0
    assert wait_after(told_to_wait(20, status), random=Random(3)) >= 20.0


def test_an_absurd_retry_after_is_bounded() -> None:
    assert wait_after(told_to_wait(86_400)) == 61.0


def test_the_last_wait_is_drawn_within_what_remains() -> None:
    class Half(Random):
        def uniform(self, a: float, b: float) -> float:
            return b / 2

    assert wait_after(BUSY, attempts=9, left=3.0, random=Half()) == 1.5
    assert wait_after(BUSY, attempts=9, left=4.0, random=Half()) == 2.0
    assert wait_after(BUSY, attempts=9, left=4.001, random=Half()) == 4.0


@pytest.mark.parametrize("left", [20.0, 21.0, 0.5, 0.0])
def test_a_retry_after_up_to_the_expiry_or_beyond_is_kept_to_as_well(left: float) -> None:
    """Asked before, the service would be asked against its word; and it is not over yet."""
    assert wait_after(told_to_wait(20), left=left) == left


def test_a_retry_after_before_the_expiry_is_followed_by_an_attempt() -> None:
    assert wait_after(told_to_wait(20), left=21.001) == 21.0


@pytest.mark.parametrize("late", [0.0, -0.000001, -3600.0])
def test_what_is_over_is_looked_at_at_once(late: float) -> None:
    assert wait_after(BUSY, attempts=9, left=late) == 0.0


@pytest.mark.parametrize(
    ("left_us", "over"), [(1, False), (0, True), (-1, True), (-86_400_000_000, True)]
)
def test_an_action_is_over_from_its_expiry_on(left_us: int, over: bool) -> None:
    one = action(expires_at=NOW + timedelta(microseconds=left_us))
    ended = expired(one, NOW, 0)
    assert (ended is not None) is over
    if ended is not None:
        assert (ended.outcome, ended.at, ended.attempts) == (Outcome.EXPIRED, NOW, 0)


def test_what_never_expires_is_never_over() -> None:
    assert expired(action(expires_at=None), NOW + timedelta(days=4000), 9) is None


def test_a_time_without_a_zone_is_left_to_the_call_which_refuses_it() -> None:
    assert expired(action(expires_at=NOW.replace(tzinfo=None)), NOW, 0) is None


def test_an_expired_action_tells_what_its_last_attempt_came_to() -> None:
    over = action(expires_at=NOW)
    first, later = expired(over, NOW, 0), expired(over, NOW, 7, "answered 503")
    assert first is not None
    assert first.detail == "expired before an attempt"
    assert later is not None
    assert (later.detail, later.attempts) == ("expired, answered 503", 7)


@pytest.mark.parametrize(
    ("verdict", "trouble"),
    [
        *((judge_fault(fault, ""), True) for fault in Fault),
        (judge_answer(Answer(500), now=NOW, host="h"), True),
        (judge_answer(Answer(503, retry_after="9"), now=NOW, host="h"), True),
        (judge_answer(Answer(599), now=NOW, host="h"), True),
        (told_to_wait(9), False),
        *((judge_answer(Answer(s), now=NOW, host="h"), False) for s in (200, 307, 404, 408, 425)),
    ],
    ids=lambda value: value.reason if isinstance(value, Verdict) else None,
)
def test_no_answer_and_5xx_are_trouble_and_nothing_else(verdict: Verdict, trouble: bool) -> None:
    assert counts_as_trouble(verdict) is trouble
