"""Two policies, events in a line each, and both fed to a tally."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.summarising import Reading, summarise
from orchestrator.comparison.summary import Comparison, Header, Slice, SliceBy, Transitions
from orchestrator.comparison.tally import Tally
from orchestrator.core.actions import ActionType
from orchestrator.core.decide import DecisionOutcome, Position, decide
from orchestrator.core.event_codec import event_from
from orchestrator.core.events import Event, LearnerErased
from orchestrator.core.ids import learner_key
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.state import LearnerState
from orchestrator.core.times import micros
from orchestrator.embedded.classroom import Classroom
from tests.comparison_example import header
from tests.unit.core.samples import MESSAGES_TOML, POLICY, POLICY_TOML

KEY = b"of this test"


def policy_with(*changes: tuple[str, str], messages: str = MESSAGES_TOML) -> Policy:
    """The default policy with lines of its text exchanged."""
    text = POLICY_TOML
    for line, other in changes:
        assert text.count(line) == 1, line
        text = text.replace(line, other)
    return load_policy(text, messages)


SOONER = policy_with(("after_minutes = 25", "after_minutes = 20"))
"""The break of a long session comes after 20 minutes instead of 25."""


class Feed:
    """Decides events by two policies and tells a tally of all of them."""

    def __init__(self, candidate: Policy, base: Policy = POLICY, tally: Tally | None = None):
        self.policies = base, candidate
        self.tally = Tally() if tally is None else tally
        self.coverage = Coverage()
        self._states: dict[bytes, tuple[LearnerState | None, LearnerState | None]] = {}

    def sees(self, *events: Event) -> "Feed":
        for event in events:
            self._see(event)
        return self

    def _see(self, event: Event) -> None:
        key = learner_key(event.tenant_id, event.learner_id)
        position = Position(0, self.coverage.read)
        before = self._states.get(key, (None, None))
        levels = [_level(state, each) for state, each in zip(before, self.policies, strict=True)]
        base, candidate = (
            decide(state, event, position, policy)
            for state, policy in zip(before, self.policies, strict=True)
        )
        self._states[key] = base.state, candidate.state
        learner = self.tally.learner(key)
        self.tally.take(learner, event, micros(event.timestamp), base, candidate, *levels)
        if isinstance(event, LearnerErased):
            self.tally.forget(learner)
        self.coverage.read += 1
        self.coverage.learners = self.coverage.learner_days = len(self._states)
        decided = self.coverage.outcomes.get("decided", 0)
        self.coverage.outcomes["decided"] = decided + (base.outcome is DecisionOutcome.DECIDED)

    def comparison(self, *, about: Header | None = None, **reading: object) -> Comparison:
        how = Reading(**({"hash_key": KEY} | reading))  # type: ignore[arg-type]
        return summarise(self.tally, self.coverage, about or header(), how)


def _level(state: LearnerState | None, policy: Policy) -> Level:
    return policy.level.start if state is None or state.is_blank else state.level


def classroom(learners: int, count: int, seed: int = 1) -> Iterable[Event]:
    start = datetime(2025, 3, 3, 8, tzinfo=UTC)
    stories = islice(Classroom(learners, seed, start).events(), count)
    return [event_from(e.event | {"received_at": e.event["timestamp"]}) for e in stories]


def compared(learners: int = 40, count: int = 3_000) -> Comparison:
    """What sooner breaks come to in a classroom."""
    return Feed(SOONER).sees(*classroom(learners, count)).comparison()


def row(comparison: Comparison, kind: ActionType) -> Transitions:
    return next(row for row in comparison.actions if row.type is kind)


def by(comparison: Comparison, what: SliceBy) -> Slice:
    return next(one for one in comparison.slices if one.by is what)
