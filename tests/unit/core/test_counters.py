"""Who is active: the learners by the minute of their newest event, of the newest hour."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.counters import ACTIVE_MINUTES, MICROS_PER_MINUTE, DecideCounters

LEARNERS = 4
moments = st.integers(0, 200 * MICROS_PER_MINUTE)


@given(st.lists(st.tuples(st.integers(1, LEARNERS), moments), max_size=40))
def test_each_learner_of_the_newest_hour_counts_once_by_their_newest_event(
    seen: list[tuple[int, int]],
) -> None:
    counters = DecideCounters()
    newest_of: dict[int, int] = {}
    for learner, at in seen:
        before = newest_of.get(learner)
        now = at if before is None else max(at, before)
        if now != before:
            counters.saw_learner(before, now)
        newest_of[learner] = now

    oldest = max(newest_of.values(), default=0) // MICROS_PER_MINUTE - ACTIVE_MINUTES
    minutes = Counter(now // MICROS_PER_MINUTE for now in newest_of.values())
    assert counters.active == {m: count for m, count in minutes.items() if m >= oldest}
    assert counters.learners == len(newest_of)
    assert counters.newest == max(newest_of.values(), default=0)


def test_a_learner_who_is_forgotten_is_not_active() -> None:
    counters = DecideCounters()
    counters.saw_learner(None, 7 * MICROS_PER_MINUTE)
    counters.saw_learner(None, 7 * MICROS_PER_MINUTE + 1)
    counters.forgot_learner(7 * MICROS_PER_MINUTE)

    assert counters.active == {7: 1}
    assert counters.learners == 1


def test_a_copy_goes_its_own_way() -> None:
    counters = DecideCounters(actions={"GAME_BREAK": 1})
    copy = counters.copy()
    copy.saw_learner(None, 1)
    copy.actions["GAME_BREAK"] = 2

    assert counters == DecideCounters(actions={"GAME_BREAK": 1})
