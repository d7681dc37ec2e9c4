"""An action that both policies give is made once, but only if nothing of it differs."""

import pytest

from orchestrator.comparison.both import Both
from orchestrator.core.actions import Action
from orchestrator.core.decide import Position, decide
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.times import micros
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML, after, progress


def both_give(candidate: Policy) -> tuple[Action, Action]:
    """The breaks that both give a tired learner who has been seen before."""
    event = progress(0.6, after(1), engagement=0.1)
    state = decide(None, progress(0.6), Position(0, 0), POLICY).state
    decisions = Both(POLICY, candidate).decide(
        (state, state), event, micros(event.timestamp), Position(0, 1)
    )
    [[base], [other]] = (one.actions for one in decisions)
    assert base.rule == other.rule == "break.engagement"
    return base, other


def test_an_action_that_is_the_same_is_made_once() -> None:
    later = load_policy(
        POLICY_TOML.replace("after_minutes = 25", "after_minutes = 30"), MESSAGES_TOML
    )
    base, other = both_give(later)
    assert base is other


@pytest.mark.parametrize(
    ("number", "words", "field"),
    [
        (("expires_minutes = 10", "expires_minutes = 20"), ("", ""), "expires_at"),
        (("", ""), ("a short break helps", "a pause helps"), "reason"),
        (("gap_minutes = 15", "gap_minutes = 16"), ("A short break", "A pause"), "title"),
        (("below = 0.30", "below = 0.31"), ("", ""), "evidence"),
    ],
)
def test_one_that_differs_in_anything_is_made_for_each(
    number: tuple[str, str], words: tuple[str, str], field: str
) -> None:
    candidate = load_policy(POLICY_TOML.replace(*number), MESSAGES_TOML.replace(*words))
    base, other = both_give(candidate)

    assert getattr(base, field) != getattr(other, field)
    assert other.policy_version == candidate.version
