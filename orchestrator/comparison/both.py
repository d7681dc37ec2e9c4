"""Two policies decide one event in little more time than one takes.

As long as two policies have led a learner to the same state, and take in an event by the same
numbers, the event is taken in once; and where no rule may fire that the two do not share, one
decision serves both. Where both give the same action it is made once: it has base's version then.
What is made is a sketch (sketch.py): it has no id.
plain.py is the reference: tests/properties/test_pair.py holds the one against the other.
"""

from msgspec.structs import replace

from orchestrator.comparison.kin import (
    are_akin,
    differ_in_breaks_only,
    session_as_well,
    taken_in_as_well,
)
from orchestrator.comparison.may_fire import (
    BREAKS,
    KNOWN,
    are_equal,
    break_may_fire,
    equal_rules,
    may_fire,
    rules_by_bits,
)
from orchestrator.comparison.plain import decide_each
from orchestrator.comparison.sketch import sketch_of
from orchestrator.comparison.taken_in import take_in
from orchestrator.core.actions import KINDS, Action, ActionType
from orchestrator.core.case import Case, Rule, Verdict
from orchestrator.core.decide import (
    Decision,
    DecisionOutcome,
    Position,
    decide,
    how_far_behind,
    is_applied,
)
from orchestrator.core.effects import take_effect
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
from orchestrator.core.rules.table import RULES
from orchestrator.core.session import Session
from orchestrator.core.state import LearnerState

_DECIDED = DecisionOutcome.DECIDED
_BREAK = ActionType.GAME_BREAK

States = tuple[LearnerState | None, LearnerState | None]

LOOKED_AT: dict[type[Event], tuple[str, ...]] = {
    CourseworkAnalyzed: ("event", "session", "streaks"),
    AssessmentComplete: ("event", "session", "assessments"),
    LearnerProgress: ("event", "session"),
    BaselineComplete: ("event", "session"),
    EngagementLow: ("event", "session"),
    SelAlert: ("event", "sel"),
    SlpUpdated: ("event",),
}
"""The sections of a policy that taking in an event looks at. The events of our own are not here:
they look at what actions have left in a state, and are decided by each policy on its own."""


class Both:
    """Two policies, and what is known of them before any event comes."""

    def __init__(self, base: Policy, candidate: Policy) -> None:
        self.base = base
        self.candidate = candidate
        self._late = base.event.lateness_limit
        self._is_one = base == candidate
        self._rules = rules_by_bits(base)
        self._other_rules = rules_by_bits(candidate)
        self._differing = ~equal_rules(base, candidate)
        self._alike = frozenset(
            kind
            for kind, sections in LOOKED_AT.items()
            if all(getattr(base, name) == getattr(candidate, name) for name in sections)
        )
        self._seen_through = self._rules.keys() & self._other_rules.keys()
        self._one_for_both = frozenset(
            kind
            for kind in LOOKED_AT
            if base.rules[kind] == candidate.rules[kind]
            and all(are_equal(base, candidate, rule.id) for rule in base.rules[kind])
        )
        self._only_breaks = not self._differing & KNOWN & ~BREAKS
        self._words = frozenset(
            rule for rule in base.messages if base.messages[rule] == candidate.messages.get(rule)
        )
        # By the rules' names: an enum's member takes much longer to look up.
        self._lives = frozenset(rule.id for rule in RULES if self._live_alike(rule.action))

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
            or not (base is candidate or are_akin(base, candidate))
        ):
            return self._apart(states, event, position)
        hashed, behind = id_hash(event.id), how_far_behind(base, at)
        if is_applied(base, position) or is_recent(base.recent_ids, hashed) or behind > self._late:
            return self._apart(states, event, position)
        case = take_in(base, event, at, self.base, position, hashed, behind)
        if kind not in self._seen_through:
            return self._by_all_rules(case, base, candidate)
        if base is candidate:
            return self._judged(case)
        return self._led_apart(case, base, candidate)

    def _of_candidate(self, case: Case, state: LearnerState) -> Case:
        return Case(
            case.event,
            case.at,
            self.candidate,
            state,
            case.behind,
            case.performance,
            case.engagement,
            case.recent_alerts,
        )

    def _judged(self, case: Case) -> tuple[Decision, Decision]:
        """What the rules of both say of a learner who is the same to both."""
        bits = may_fire(case)
        other_bits = self._other_bits(case, bits)
        if (bits | other_bits) & self._differing:
            other = self._of_candidate(case, case.state)
            return self._each_judged(case, bits, other, other_bits)
        if bits:
            self._ask(case, self._rules[type(case.event)][bits], ())
        once = Decision(_DECIDED, case.state, case.given)
        return once, once

    def _other_bits(self, case: Case, bits: int) -> int:
        """What may fire under the candidate, of a learner who is the same to both."""
        if self._only_breaks:
            state, breaks = case.state, self.candidate.breaks
            others = break_may_fire(breaks, case, state.session.worked, state.last_break_at)
            return bits & ~BREAKS | others
        case.policy = self.candidate
        other_bits = may_fire(case)
        case.policy = self.base
        return other_bits

    def _led_apart(
        self, case: Case, before: LearnerState, candidate: LearnerState
    ) -> tuple[Decision, Decision]:
        """What the rules say of a learner whom the two have led to different states.

        `before`: base's state before the event.
        """
        if self._only_breaks and differ_in_breaks_only(before, candidate):
            return self._breaks_apart(case, before.session, candidate)
        other = self._of_candidate(case, taken_in_as_well(candidate, case, before))
        return self._each_judged(case, may_fire(case), other, may_fire(other))

    def _breaks_apart(
        self, case: Case, before: Session, candidate: LearnerState
    ) -> tuple[Decision, Decision]:
        """What the rules say of a learner whose last break or session differs, and nothing else,
        where the policies differ in their breaks alone: all but the break is the same.

        `before`: base's session before the event.
        """
        session, bits = case.state.session, may_fire(case)
        if candidate.session is not before and candidate.session != before:
            session = session_as_well(candidate, case)
        if bits:
            self._ask(case, self._rules[type(case.event)][bits], ())
        base = Decision(_DECIDED, case.state, case.given)
        state, given, last = base.state, base.actions, candidate.last_break_at
        if session != state.session or last != state.last_break_at:
            state = replace(state, session=session, last_break_at=last)
        if given and given[-1].type is _BREAK:  # breaks are the last in the table
            given = given[:-1]
        others = break_may_fire(self.candidate.breaks, case, session.worked, last)
        if others:
            other = self._of_candidate(case, state)
            other.given = given
            self._ask(other, self._other_rules[type(case.event)][others], base.actions)
            return base, _as_one(base, Decision(_DECIDED, other.state, other.given))
        if state is base.state and given is base.actions:
            return base, base
        return base, Decision(_DECIDED, state, given)

    def _by_all_rules(
        self, case: Case, before: LearnerState, candidate: LearnerState
    ) -> tuple[Decision, Decision]:
        """What the rules of both say of an event of a type that may_fire knows nothing of.

        `before`: base's state before the event.
        """
        kind, state = type(case.event), case.state
        if before is not candidate:
            state = taken_in_as_well(candidate, case, before)
        elif kind in self._one_for_both:
            self._ask(case, self.base.rules[kind], ())
            once = Decision(_DECIDED, case.state, case.given)
            return once, once
        other = self._of_candidate(case, state)
        return self._each_asked(case, self.base.rules[kind], other, self.candidate.rules[kind])

    def _each_judged(
        self, case: Case, bits: int, other: Case, other_bits: int
    ) -> tuple[Decision, Decision]:
        kind = type(case.event)
        rules, other_rules = self._rules[kind], self._other_rules[kind]
        return self._each_asked(case, rules[bits], other, other_rules[other_bits])

    def _each_asked(
        self, case: Case, rules: tuple[Rule, ...], other: Case, other_rules: tuple[Rule, ...]
    ) -> tuple[Decision, Decision]:
        self._ask(case, rules, ())
        self._ask(other, other_rules, case.given)
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
                given = twin or sketch_of(
                    case, rule, verdict, with_expiry=rule.id not in self._lives
                )
                take_effect(case, given)

    def _twin(self, rule: Rule, verdict: Verdict, twins: tuple[Action, ...]) -> Action | None:
        """The action of base that differs in nothing but its version, if there is one."""
        for action in twins:
            if action.rule == rule.id:
                evidence = action.evidence
                is_twin = (
                    rule.id in self._words
                    and rule.id in self._lives
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
