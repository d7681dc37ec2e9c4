"""Two policies decide one event in little more time than one takes.

As long as two policies have led a learner to the same state, and take in an event by the same
numbers, the event is taken in once; and where no rule may fire that the two do not share, one
decision serves both. Where both give the same action it is made once: it has base's version then.
plain.py is the reference: tests/properties/test_pair.py holds the one against the other.
"""

from orchestrator.comparison.kin import are_akin, taken_in_as_well
from orchestrator.comparison.may_fire import equal_rules, may_fire, rules_by_bits
from orchestrator.comparison.plain import decide_each
from orchestrator.core.absorb import ABSORB
from orchestrator.core.actions import KINDS, Action, ActionType
from orchestrator.core.case import Case, Rule, Verdict
from orchestrator.core.decide import (
    NEVER_TOO_LATE,
    Decision,
    DecisionOutcome,
    Position,
    action_of,
    decide,
    how_far_behind,
    is_applied,
    noted,
)
from orchestrator.core.effects import take_effect
from orchestrator.core.events import (
    AssessmentComplete,
    CourseworkAnalyzed,
    Event,
    LearnerProgress,
)
from orchestrator.core.policy import Policy
from orchestrator.core.recent_ids import id_hash, is_recent
from orchestrator.core.state import LearnerState

_DECIDED = DecisionOutcome.DECIDED

States = tuple[LearnerState | None, LearnerState | None]

LOOKED_AT: dict[type[Event], tuple[str, ...]] = {
    CourseworkAnalyzed: ("event", "session", "streaks"),
    AssessmentComplete: ("event", "session", "assessments"),
    LearnerProgress: ("event", "session"),
}
"""The sections of a policy that taking in an event of a step looks at. All other types are rare:
they are decided by each policy on its own."""


class Both:
    """Two policies, and what is known of them before any event comes."""

    def __init__(self, base: Policy, candidate: Policy) -> None:
        self.base = base
        self.candidate = candidate
        self._is_one = base == candidate
        self._rules = rules_by_bits(base)
        self._other_rules = rules_by_bits(candidate)
        self._differing = ~equal_rules(base, candidate)
        self._alike = frozenset(
            kind
            for kind, sections in LOOKED_AT.items()
            if kind in self._rules
            and kind in self._other_rules
            and all(getattr(base, name) == getattr(candidate, name) for name in sections)
        )
        self._words = frozenset(
            rule for rule in base.messages if base.messages[rule] == candidate.messages.get(rule)
        )
        self._lives = frozenset(kind for kind in ActionType if self._live_alike(kind))

    def decide(
        self, states: States, event: Event, at: int, position: Position
    ) -> tuple[Decision, Decision]:
        """As decide_each; `at` is the event's time in microseconds.

        States that are equal come back as one object, and so does a decision that is one for both.
        """
        base, candidate = states
        if self._is_one and base is candidate:
            once = decide(base, event, position, self.base)
            return once, once
        kind = type(event)
        if (
            kind not in self._alike
            or base is None
            or candidate is None
            or base.last_event_at < 0  # each has a level of its own to start from
            or (base is not candidate and not are_akin(base, candidate))
        ):
            return self._apart(states, event, position)
        hashed = id_hash(event.id)
        if not self._is_new(base, hashed, at, kind, position):
            return self._apart(states, event, position)
        behind = how_far_behind(base, at)
        case = Case(event, at, self.base, noted(base, position, hashed, at, self.base), behind)
        ABSORB[kind](case)
        if base is candidate:
            return self._judged(case)
        other = self._of_candidate(case, taken_in_as_well(candidate, case))
        return self._each_judged(case, may_fire(case), other, may_fire(other))

    def _is_new(
        self, state: LearnerState, hashed: bytes, at: int, kind: type[Event], position: Position
    ) -> bool:
        """Whether an event is neither a repeat nor late."""
        if is_applied(state, position) or is_recent(state.recent_ids, hashed):
            return False
        limit = self.base.event.lateness_limit
        return kind in NEVER_TOO_LATE or how_far_behind(state, at) <= limit

    def _of_candidate(self, case: Case, state: LearnerState) -> Case:
        return Case(
            case.event,
            case.at,
            self.candidate,
            state,
            case.behind,
            case.performance,
            case.engagement,
        )

    def _judged(self, case: Case) -> tuple[Decision, Decision]:
        """What the rules of both say of a learner who is the same to both."""
        bits = may_fire(case)
        case.policy = self.candidate
        other_bits = may_fire(case)
        case.policy = self.base
        if (bits | other_bits) & self._differing:
            other = self._of_candidate(case, case.state)
            return self._each_judged(case, bits, other, other_bits)
        if bits:
            self._ask(case, self._rules[type(case.event)][bits], ())
        once = Decision(_DECIDED, case.state, case.given)
        return once, once

    def _each_judged(
        self, case: Case, bits: int, other: Case, other_bits: int
    ) -> tuple[Decision, Decision]:
        kind = type(case.event)
        if bits:
            self._ask(case, self._rules[kind][bits], ())
        if other_bits:
            self._ask(other, self._other_rules[kind][other_bits], case.given)
        base = Decision(_DECIDED, case.state, case.given)
        return base, _as_one(base, Decision(_DECIDED, other.state, other.given))

    def _ask(self, case: Case, rules: tuple[Rule, ...], twins: tuple[Action, ...]) -> None:
        """As core/decide.judge does; of an action that base gives as well there is one object."""
        for rule in rules:
            if case.given and case.gives(rule.action):
                continue
            verdict = rule.check(case)
            if verdict.fired:
                twin = self._twin(rule, verdict, twins) if twins else None
                take_effect(case, twin or action_of(case, rule, verdict))

    def _twin(self, rule: Rule, verdict: Verdict, twins: tuple[Action, ...]) -> Action | None:
        """The action of base that differs in nothing but its version, if there is one."""
        for action in twins:
            if action.rule == rule.id:
                evidence = action.evidence
                is_twin = (
                    rule.id in self._words
                    and rule.action in self._lives
                    and action.parameters == (verdict.parameters or {})
                    and action.confidence == verdict.confidence
                    and evidence["observed"] == verdict.observed
                    and evidence["threshold"] == verdict.threshold
                )
                return action if is_twin else None
        return None

    def _live_alike(self, kind: ActionType) -> bool:
        lives = KINDS[kind].lives
        return lives is None or lives(self.base) == lives(self.candidate)

    def _apart(self, states: States, event: Event, position: Position) -> tuple[Decision, Decision]:
        base, candidate = decide_each(states, event, position, (self.base, self.candidate))
        return base, _as_one(base, candidate)


def _as_one(base: Decision, candidate: Decision) -> Decision:
    """The candidate's decision, on base's state where the two are equal."""
    if candidate.state is base.state or candidate.state != base.state:
        return candidate
    return Decision(candidate.outcome, base.state, candidate.actions)
