"""How a learner stood at a moment."""

from datetime import datetime

from orchestrator.core.times import micros
from orchestrator.retrace.at import Then, state_at
from orchestrator.retrace.life import Life
from tests.unit.core.samples import after, assessment, coursework, erased, sel
from tests.unit.retrace.samples import life


def at(found: Life, when: datetime) -> Then:
    return state_at(found.lived(), micros(when))


def test_all_up_to_the_moment_and_what_is_of_the_moment_is_in_it() -> None:
    found = life(coursework(answers=[True]), coursework(0.6, after(5), answers=[True]))
    before, then = at(found, after(4.99)), at(found, after(5))
    assert before.state is not None
    assert then.state is not None
    assert (before.state.correct_streak, before.events) == (1, 1)
    assert (then.state.correct_streak, then.events, then.next_at) == (2, 2, None)
    assert before.next_at == micros(after(5))


def test_before_everything_there_is_nothing_and_it_is_said_when_it_began() -> None:
    then = at(life(assessment(0.5)), after(-1))
    assert (then.state, then.last, then.events, then.next_at) == (None, None, 0, micros(after(0)))


def test_what_came_only_afterwards_is_not_in_it_but_counted() -> None:
    found = life(
        coursework(answers=[True]),
        coursework(0.6, after(30), answers=[True]),
        sel("low", after(2)),
        coursework(0.6, after(40), answers=[True]),
    )
    then = at(found, after(10))
    assert then.state is not None
    assert (then.events, then.stragglers, then.state.sel_alerts) == (1, 1, ())
    assert at(found, after(35)).stragglers == 0
    assert at(found, after(35)).events == 3


def test_actions_are_counted_up_to_then() -> None:
    found = life(sel("high"), sel("high", after(20)), assessment(0.9, after(30)))
    assert at(found, after(25)).actions == {"SEL_INTERVENTION": 2, "GAME_BREAK": 2}
    assert at(found, after(30)).actions["LEVEL_SUGGESTED"] == 1


def test_who_was_erased_by_then_is_blank() -> None:
    found = life(assessment(0.9), erased(after(1)))
    then = at(found, after(2))
    assert then.state is not None
    assert then.state.is_blank
    assert then.last is not None
    assert then.last.event.type == "LEARNER_ERASED"
