"""How far a row is, as a number in the file; and what is said of it."""

from collections.abc import Mapping, Sequence

from orchestrator.core.actions import Outcome
from orchestrator.core.decide import DecisionOutcome
from orchestrator.history.rows import Stage

WAITING = 0
"""An event that is not decided, an action that waits."""

EXECUTING = 1
"""An action that was tried and is to be tried again."""

EVENT_OUTCOMES: Sequence[str | None] = (None, *DecisionOutcome)
"""By state. In the file are their places here: another order needs another schema version."""

ACTION_OUTCOMES: Sequence[Outcome | None] = (
    None,
    None,
    Outcome.DELIVERED,
    Outcome.REJECTED,
    Outcome.EXPIRED,
    Outcome.SUPERSEDED,
    Outcome.FAILED,
    Outcome.ERASED,
)
"""By state, as well."""

EVENT_STATE: Mapping[str, int] = {
    outcome: state for state, outcome in enumerate(EVENT_OUTCOMES) if outcome is not None
}
ACTION_STATE: Mapping[Outcome, int] = {
    outcome: state for state, outcome in enumerate(ACTION_OUTCOMES) if outcome is not None
}

_DONE = frozenset({DecisionOutcome.DECIDED, Outcome.DELIVERED})


def event_status(state: int) -> Stage:
    """What is said of an event in this state."""
    return _status(state, EVENT_OUTCOMES[state])


def action_status(state: int) -> Stage:
    """What is said of an action in this state."""
    return _status(state, ACTION_OUTCOMES[state])


def event_states(status: Stage) -> frozenset[int]:
    """All states of events of which that is said."""
    return frozenset(s for s in range(len(EVENT_OUTCOMES)) if event_status(s) is status)


def action_states(status: Stage) -> frozenset[int]:
    """All states of actions of which that is said."""
    return frozenset(s for s in range(len(ACTION_OUTCOMES)) if action_status(s) is status)


def _status(state: int, outcome: str | None) -> Stage:
    if outcome is None:
        return Stage.EXECUTING if state == EXECUTING else Stage.PENDING
    return Stage.COMPLETED if outcome in _DONE else Stage.FAILED
