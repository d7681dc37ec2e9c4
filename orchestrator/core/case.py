"""What a rule is given, what it answers, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.events import Event
from orchestrator.core.state import LearnerState

if TYPE_CHECKING:  # the policy is made of the rules' own sections
    from orchestrator.core.policy import Policy


class Case(Struct, gc=False):
    """One event under decision. Rules read it; only what applies events and actions writes it.

    `state` is the state so far: the event applied, and the actions given so far. `at` is the
    event's time in microseconds, `behind` how far that lies before the learner's last activity
    (0: in order). `given`: the actions in the order of their rules.
    `performance` and `engagement` are what this event says of them, `recent_alerts` the SEL alerts
    in the window up to this event.
    """

    event: Any  # of the type that the rule is declared for
    at: int
    policy: Policy
    state: LearnerState
    behind: int = 0
    performance: float | None = None
    engagement: float | None = None
    recent_alerts: int = 0
    given: tuple[Action, ...] = ()

    def gives(self, kind: ActionType) -> Action | None:
        """The action of a type that was given, if any."""
        for action in self.given:
            if action.type is kind:
                return action
        return None


class Verdict(Struct, frozen=True, gc=False):
    """What a rule says: whether it fires, and on what evidence.

    A silent verdict tells by `observed` and `threshold` what it waits for; a break that only waits
    for its time says so in `not_before` (microseconds). `confidence` and `parameters` are those of
    the action, if it fires.
    """

    fired: bool
    observed: float | str | None
    threshold: float | str | None
    confidence: float = 1.0
    parameters: dict[str, Any] | None = None
    not_before: int | None = None


class Rule(Struct, frozen=True):
    """One row of the table of rules. `on`: the types of events that it looks at."""

    id: str
    action: ActionType
    on: tuple[type[Event], ...]
    check: Callable[[Case], Verdict]
