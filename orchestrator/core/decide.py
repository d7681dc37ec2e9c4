"""The decision: a learner's state and one event in, the state after it and the actions out.

A pure function: the same state, event, position and policy give the same bytes on every machine.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.absorb import ABSORB
from orchestrator.core.actions import Action, action_id
from orchestrator.core.case import Case, Rule, Verdict
from orchestrator.core.effects import expiry_of, take_effect
from orchestrator.core.events import (
    AssessmentComplete,
    Event,
    InternalEvent,
    LearnerErased,
    LevelSuggestionFailed,
    SelAlert,
)
from orchestrator.core.policy import Policy, SpokenWords
from orchestrator.core.recent_ids import id_hash, is_recent, remember
from orchestrator.core.rules.quiet import SEEN_THROUGH, calls_for_nothing
from orchestrator.core.state import NEVER, LearnerState, new_learner, stub_of
from orchestrator.core.times import in_utc, micros

# A suggestion that failed is reported at the suggestion's own time, often a day after: the level
# would stay wrong for good if that were too late. And nobody is asked when to forget.
NEVER_TOO_LATE = frozenset({SelAlert, AssessmentComplete, LevelSuggestionFailed, LearnerErased})
_OURS = frozenset(InternalEvent.__args__)


class Position(Struct, frozen=True, gc=False):
    """Where an event stands in its topic."""

    partition: int
    offset: int


class DecisionOutcome(StrEnum):
    """What became of an event that could be read."""

    DECIDED = "decided"
    DUPLICATE = "duplicate"
    LATE = "late"


_DECIDED = DecisionOutcome.DECIDED
_NONE: frozenset[str] = frozenset()


class Decision(Struct, frozen=True, gc=False):
    """The outcome, the learner's state after it, and the actions in the order of their rules.

    A duplicate and a late event have no actions, and their `state` is the very object that was
    given, its position included: the position is that of the last event applied, and neither is.
    """

    outcome: DecisionOutcome
    state: LearnerState
    actions: tuple[Action, ...] = ()


def decide(
    state: LearnerState | None, event: Event, position: Position, policy: Policy
) -> Decision:
    """Decide one event of the learner that `state` is of (None: never heard of).

    Never raises on an event that decode_event or event_from has let through.
    """
    before = new_learner(policy.level.start) if state is None else state
    hashed = id_hash(event.id)
    if is_applied(before, position) or is_recent(before.recent_ids, hashed):
        return Decision(DecisionOutcome.DUPLICATE, before)
    at, kind = micros(event.timestamp), type(event)
    if before.last_event_at < 0:
        before = _at_the_start(before, policy)
        if kind in _OURS:  # says nothing of a learner of whom nothing else is known
            return Decision(_DECIDED, noted(before, position, hashed, NEVER, policy))
    behind = how_far_behind(before, at)
    if behind > policy.event.lateness_limit and kind not in NEVER_TOO_LATE:
        return Decision(DecisionOutcome.LATE, before)
    case = Case(event, at, policy, noted(before, position, hashed, at, policy), behind)
    ABSORB[kind](case)
    silent = SEEN_THROUGH if calls_for_nothing(case) else _NONE
    if not (silent and kind in policy.seen_through):
        judge(case, policy.rules.get(kind, ()), silent)
    return Decision(_DECIDED, case.state, case.given)


def judge(case: Case, rules: tuple[Rule, ...], silent: frozenset[str]) -> None:
    """Ask the rules in their order; an action takes effect before the next is asked.

    `silent`: rules that need not be asked, unless an action changes something before their turn.
    """
    for rule in rules:
        if rule.id in silent or (case.given and case.gives(rule.action)):
            continue
        verdict = rule.check(case)
        if verdict.fired:
            take_effect(case, action_of(case, rule, verdict))
            silent = _NONE


def _at_the_start(state: LearnerState, policy: Policy) -> LearnerState:
    """An erased learner begins where every learner does under the policy in force by then."""
    return state if state.offset < 0 else stub_of(state, policy.level.start)


def is_applied(state: LearnerState, position: Position) -> bool:
    """Offsets of another partition tell nothing: repartitioning the topic moves a learner."""
    return position.partition == state.partition and position.offset <= state.offset


def how_far_behind(state: LearnerState, at: int) -> int:
    """How far an event lies before the learner's last activity; 0 if it does not."""
    last = state.session.last_activity_at
    return 0 if last is None or at >= last else last - at


def noted(
    state: LearnerState, position: Position, hashed: bytes, at: int, policy: Policy
) -> LearnerState:
    """The state with the event's place, id and time in it, before anything else is taken in."""
    return replace(
        state,
        partition=position.partition,
        offset=position.offset,
        recent_ids=remember(state.recent_ids, hashed, policy.event.recent_ids),
        last_event_at=at if at > state.last_event_at else state.last_event_at,  # noqa: FURB136
    )


def action_of(case: Case, rule: Rule, verdict: Verdict) -> Action:
    """The action of a rule that has fired."""
    event: Event = case.event
    words = case.policy.messages[rule.id]
    spoken = words if isinstance(words, SpokenWords) else None
    return Action(
        action_id=action_id(event.tenant_id, event.learner_id, event.id, rule.id),
        type=rule.action,
        tenant_id=event.tenant_id,
        learner_id=event.learner_id,
        event_id=event.id,
        rule=rule.id,
        policy_version=case.policy.version,
        created_at=in_utc(event.timestamp),
        expires_at=expiry_of(case, rule.action),
        confidence=verdict.confidence,
        reason=words.reason,
        evidence={"observed": verdict.observed, "threshold": verdict.threshold},
        parameters=verdict.parameters or {},
        title=spoken.title if spoken else None,
        message=spoken.message if spoken else None,
        correlation_id=event.correlation_id,
    )
