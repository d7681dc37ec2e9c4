"""What is remembered of an event besides what the rules ask for."""

import json
from datetime import timedelta

import pytest

from orchestrator.core.events import Event
from orchestrator.core.levels import Level
from orchestrator.core.session import Session
from orchestrator.core.state import new_learner
from orchestrator.core.times import micros
from tests.unit.core.samples import (
    START,
    Learner,
    after,
    assessment,
    baseline,
    coursework,
    engagement_low,
    progress,
    sel,
    slp,
)


def figures(*history: Event) -> tuple[float | None, float | None]:
    """The last performance and engagement after a history."""
    learner = Learner()
    for seen in history:
        learner.sees(seen)
    return learner.state.performance, learner.state.engagement


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (coursework(0.7, engagement=0.5), (0.7, 0.5)),
        (coursework(0.7), (0.7, 0.9)),
        (assessment(0.7), (0.7, 0.9)),
        (progress(0.7), (0.7, 0.9)),
        (progress(engagement=0.5), (0.6, 0.5)),
        (progress(0.7, engagement=0.5), (0.7, 0.5)),
        (engagement_low(score=0.5), (0.6, 0.5)),
        (engagement_low(), (0.6, 0.9)),
        (baseline(0.7), (0.6, 0.9)),
        (slp(0.7), (0.6, 0.9)),
        (sel("low"), (0.6, 0.9)),
    ],
)
def test_the_last_figures_stay_until_others_are_reported(
    seen: Event, expected: tuple[float, float]
) -> None:
    assert figures(progress(0.6, engagement=0.9), seen) == expected


@pytest.mark.parametrize(("length", "is_kept"), [(512, True), (513, False)])
def test_a_profile_is_kept_up_to_512_bytes_and_its_score_always(length: int, is_kept: bool) -> None:
    around = len(json.dumps({"communication_score": 0.5, "notes": ""}, separators=(",", ":")))
    learner = Learner()

    learner.sees(slp(0.5, notes="x" * (length - around)))

    assert learner.state.slp_score == 0.5
    assert len(learner.state.slp_profile) == (512 if is_kept else 0)


def test_a_newer_profile_replaces_the_older_one_whole() -> None:
    learner = Learner()

    learner.sees(slp(0.5, notes="r"))
    learner.sees(slp(None, notes="s"))

    assert json.loads(learner.state.slp_profile) == {"notes": "s"}
    assert learner.state.slp_score is None


def test_the_newest_event_is_known_whatever_its_type_and_order() -> None:
    learner = Learner()

    learner.sees(sel("low", after(5)))
    learner.sees(progress(0.6, START))

    assert learner.state.last_event_at == micros(after(5))
    assert learner.state.session.last_activity_at == micros(START)


def test_the_newest_intervention_is_known_whatever_the_order() -> None:
    learner = Learner()
    learner.sees(sel("high", after(5)))
    learner.sees(sel("high", START))

    assert learner.state.last_sel_intervention_at == micros(START + timedelta(minutes=5))


def test_nothing_is_known_of_a_new_learner() -> None:
    state = new_learner(Level.EASY)

    assert state.session == Session(0, None, None, 0)
    assert (state.correct_streak, state.incorrect_streak, state.sel_alerts) == (0, 0, ())
    assert (state.performance, state.engagement, state.pending) == (None, None, None)
