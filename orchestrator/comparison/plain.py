"""One event decided by two policies, the plain way: each on its own. The reference of both.py."""

from orchestrator.core.decide import Decision, Position, decide
from orchestrator.core.events import Event
from orchestrator.core.policy import Policy
from orchestrator.core.state import LearnerState


def decide_each(
    states: tuple[LearnerState | None, LearnerState | None],
    event: Event,
    position: Position,
    policies: tuple[Policy, Policy],
) -> tuple[Decision, Decision]:
    """What the base and the candidate make of an event, each of a learner it has led so far."""
    base, candidate = (
        decide(state, event, position, policy)
        for state, policy in zip(states, policies, strict=True)
    )
    return base, candidate
