"""What an action that is given changes in the state, and how long it is worth delivering."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from orchestrator.core.absorb import at_level
from orchestrator.core.actions import KINDS, Action, ActionType
from orchestrator.core.case import Case
from orchestrator.core.levels import Level
from orchestrator.core.session import after_break
from orchestrator.core.state import LearnerState, Suggestion
from orchestrator.core.times import in_utc, span


def take_effect(case: Case, action: Action) -> None:
    """Note the action as given, and change the state by it."""
    case.given += (action,)
    effect = _EFFECT.get(action.type)
    if effect is not None:
        case.state = effect(case, action)


def expiry_of(case: Case, kind: ActionType) -> datetime | None:
    """When an action of a type is no longer worth delivering, in UTC; None: never."""
    row = KINDS[kind]
    if row.lives is None:
        return None
    begins = case.event.timestamp if row.since_event else case.event.received_at
    return in_utc(begins) + span(row.lives(case.policy))


def _level_suggested(case: Case, action: Action) -> LearnerState:
    """A permanent suggestion is the learner's level from now on, unless it turns out to fail."""
    state = case.state
    if action.parameters["temporary"]:
        return state
    level = Level(action.parameters["suggested_level"])
    before = state.level if state.pending is None else state.pending.level_before
    return replace(at_level(state, level), pending=Suggestion(action.action_id, level, before))


def _break_given(case: Case, _action: Action) -> LearnerState:
    """A break starts a new session, unless it belongs to a moment before the last activity."""
    session = case.state.session
    if not case.behind:
        session = after_break(session, case.at)
    return replace(case.state, last_break_at=case.at, session=session)


def _intervention_given(case: Case, _action: Action) -> LearnerState:
    last = case.state.last_sel_intervention_at
    return replace(case.state, last_sel_intervention_at=max(case.at, last or case.at))


_EFFECT: dict[ActionType, Callable[[Case, Action], LearnerState]] = {
    ActionType.LEVEL_SUGGESTED: _level_suggested,
    ActionType.GAME_BREAK: _break_given,
    ActionType.SEL_INTERVENTION: _intervention_given,
}
"""Types that are not here change nothing in the state."""
