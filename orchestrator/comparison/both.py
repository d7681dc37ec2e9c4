"""Two policies decide one event in little more time than one takes.

As long as two policies have led a learner to the same state, and take in an event by the same
numbers, the event is taken in once; and where it calls for nothing under either, that is all.
plain.py is the reference: tests/properties/test_pair.py holds the one against the other.
"""

from orchestrator.comparison.plain import decide_each
from orchestrator.core.absorb import ABSORB
from orchestrator.core.case import Case
from orchestrator.core.decide import (
    NEVER_TOO_LATE,
    Decision,
    DecisionOutcome,
    Position,
    decide,
    how_far_behind,
    is_applied,
    judge,
    noted,
)
from orchestrator.core.events import (
    AssessmentComplete,
    BaselineComplete,
    CourseworkAnalyzed,
    EngagementLow,
    Event,
    LearnerProgress,
    SelAlert,
    SlpUpdated,
)
from orchestrator.core.policy import Policy
from orchestrator.core.recent_ids import id_hash, is_recent
from orchestrator.core.rules.quiet import SEEN_THROUGH, calls_for_nothing
from orchestrator.core.state import LearnerState

_DECIDED = DecisionOutcome.DECIDED
_NONE: frozenset[str] = frozenset()

LOOKED_AT: dict[type[Event], tuple[str, ...]] = {
    BaselineComplete: ("event", "session"),
    SlpUpdated: ("event",),
    SelAlert: ("event", "sel"),
    CourseworkAnalyzed: ("event", "session", "streaks"),
    AssessmentComplete: ("event", "session", "assessments"),
    LearnerProgress: ("event", "session"),
    EngagementLow: ("event", "session"),
}
"""The sections of a policy that taking in an event of a type looks at. Of the types that only we
write there are few: they are decided by each policy on its own."""


class Both:
    """Two policies, and what is known of them before any event comes."""

    def __init__(self, base: Policy, candidate: Policy) -> None:
        self.base = base
        self.candidate = candidate
        self._alike = frozenset(
            kind for kind, sections in LOOKED_AT.items() if _equal(base, candidate, sections)
        )
        self._is_one = base == candidate
        self._seen_through = base.seen_through & candidate.seen_through

    def decide(
        self,
        states: tuple[LearnerState | None, LearnerState | None],
        event: Event,
        at: int,
        position: Position,
    ) -> tuple[Decision, Decision]:
        """As decide_each; `at` is the event's time in microseconds.

        States that are equal come back as one object, and so does a decision that is one for both.
        """
        before, other = states
        if self._is_one and before is other:
            once = decide(before, event, position, self.base)
            return once, once
        if before is not other or before is None or type(event) not in self._alike:
            return self._apart(states, event, position)
        if before.last_event_at < 0:  # each policy has a level of its own to start from
            return self._apart(states, event, position)
        hashed = id_hash(event.id)
        if is_applied(before, position) or is_recent(before.recent_ids, hashed):
            once = Decision(DecisionOutcome.DUPLICATE, before)
            return once, once
        behind, kind = how_far_behind(before, at), type(event)
        if behind > self.base.event.lateness_limit and kind not in NEVER_TOO_LATE:
            once = Decision(DecisionOutcome.LATE, before)
            return once, once
        case = Case(event, at, self.base, noted(before, position, hashed, at, self.base), behind)
        ABSORB[kind](case)
        return self._judged(case, kind)

    def _judged(self, case: Case, kind: type[Event]) -> tuple[Decision, Decision]:
        """What the rules of both say of an event that is taken in for both."""
        taken_in, is_seen_through = case.state, kind in self._seen_through
        other = Case(
            case.event,
            case.at,
            self.candidate,
            taken_in,
            case.behind,
            case.performance,
            case.engagement,
            case.recent_alerts,
        )
        quiet, other_quiet = calls_for_nothing(case), calls_for_nothing(other)
        if quiet and other_quiet and is_seen_through:
            once = Decision(_DECIDED, taken_in)
            return once, once
        base = _decision(case, kind, quiet=quiet)
        return base, _as_one(base, _decision(other, kind, quiet=other_quiet))

    def _apart(
        self,
        states: tuple[LearnerState | None, LearnerState | None],
        event: Event,
        position: Position,
    ) -> tuple[Decision, Decision]:
        base, candidate = decide_each(states, event, position, (self.base, self.candidate))
        return base, _as_one(base, candidate)


def _decision(case: Case, kind: type[Event], *, quiet: bool) -> Decision:
    silent = SEEN_THROUGH if quiet else _NONE
    if not (silent and kind in case.policy.seen_through):
        judge(case, case.policy.rules.get(kind, ()), silent)
    return Decision(_DECIDED, case.state, case.given)


def _as_one(base: Decision, candidate: Decision) -> Decision:
    """The candidate's decision, on the base's state where the two are equal."""
    if candidate.state is base.state or candidate.state != base.state:
        return candidate
    return Decision(candidate.outcome, base.state, candidate.actions)


def _equal(base: Policy, candidate: Policy, sections: tuple[str, ...]) -> bool:
    return all(getattr(base, name) == getattr(candidate, name) for name in sections)
