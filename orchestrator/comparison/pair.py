"""One partition's events under two policies: each is read once, and both decide it.

What either side decides is what core/fold.py decides of the same records: their order, refusals and
repetitions count alike. Control records switch nothing by themselves: whoever follows them calls
`switch`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf

from msgspec import Struct

from orchestrator.comparison.both import Both
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.days_seen import is_new_day
from orchestrator.comparison.learner_tally import LearnerTally
from orchestrator.comparison.tally import Tally
from orchestrator.comparison.work import worked
from orchestrator.core.decide import Decision, DecisionOutcome, Position
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import Event, InternalEvent, LearnerErased
from orchestrator.core.ids import EventId, learner_key, parse_learner_key
from orchestrator.core.levels import Level
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.core.refusals import Refusal
from orchestrator.core.state import LearnerState
from orchestrator.core.times import DAY, micros
from orchestrator.errors import InvalidEvent

CONTROL, INTERNAL_EVENT, OTHER_LEARNER = "control", "internal", "other learner"
WARM_UP, AFTER = "warm-up", "after the range"
"""Why a record is not compared; one that is refused says so by its reason (core/refusals.py)."""

ALWAYS = -1
"""Before every time that an event can have."""

Chosen = Callable[[bytes], bool]
"""Whether a learner is meant, by the Kafka key."""

_NO_IDS: frozenset[EventId] = frozenset()
_DECIDED = DecisionOutcome.DECIDED
_OURS = frozenset(InternalEvent.__args__)


class Learner(Struct, gc=False):
    """A learner on both sides: the states, which are one object where they are equal; the days
    with an event that counts (days_seen.py); and the record in the tally, once there is one."""

    tenant_id: str
    learner_id: str
    base: LearnerState | None = None
    candidate: LearnerState | None = None
    day: int = -1
    earlier: int = 0
    tally: LearnerTally | None = None


class Pair:
    """Two policies, and the learners of one partition.

    `since` and `until`: the range of event time in microseconds, without `until` itself. An event
    from before it warms up: base decides it on both sides. One from after it is passed over.
    `only`: learners to look at; all others are passed over unread. `states`: what learners begin
    with, on both sides.
    `tally` and `coverage` may be those of a pair before, to go on with.
    """

    def __init__(
        self,
        partition: int,
        base: Policy,
        candidate: Policy,
        tally: Tally,
        coverage: Coverage,
        *,
        since: int = ALWAYS,
        until: int | None = None,
        only: Chosen | None = None,
        states: Mapping[bytes, LearnerState] | None = None,
    ) -> None:
        self.partition = partition
        self.offset = -1
        self.tally = tally
        self.coverage = coverage
        self.learners: dict[bytes, Learner] = {}
        self._records = self._decided = 0
        self._since = since
        self._until = inf if until is None else until
        self._only = only
        self._watched = tally.labels.watched() if tally.labels.awaited else _NO_IDS
        self.switch(base, candidate)
        for key, state in (states or {}).items():
            self.learners[key] = _begun(key, state)

    def switch(self, base: Policy, candidate: Policy, *, among: Chosen | None = None) -> None:
        """Decide what comes from here on by these two.

        `among`: learners for whom the candidate decides; of all others base decides both sides, and
        their events are not compared.
        """
        self._both = Both(base, candidate)
        self._base_alone = Both(base, base)
        self._pause = base.session.pause
        self._among = among

    def start_over(self, *, from_candidate: bool = False) -> None:
        """Let both sides of every learner go on from base's state, or from the candidate's."""
        for learner in self.learners.values():
            state = learner.candidate if from_candidate else learner.base
            learner.base = learner.candidate = state

    def feed(
        self,
        offsets: Sequence[int],
        keys: Sequence[bytes | None],
        values: Sequence[bytes | None],
    ) -> None:
        """Decide records of the partition, in offset order; those known already are passed over."""
        try:
            self._feed(offsets, keys, values)
        finally:
            self._note_decided()

    def _feed(
        self,
        offsets: Sequence[int],
        keys: Sequence[bytes | None],
        values: Sequence[bytes | None],
    ) -> None:
        for offset, key, value in zip(offsets, keys, values, strict=True):
            if offset <= self.offset:
                continue
            self.offset = offset
            self._records += 1
            if key == CONTROL_KEY:
                self._skip(CONTROL)
                continue
            try:
                self._read(offset, key or b"", value or b"")
            except InvalidEvent as error:
                self._skip(error.reason)

    def _read(self, offset: int, key: bytes, value: bytes) -> None:
        learner = self.learners.get(key)
        if learner is None and self._only is not None and not self._only(key):
            self._skip(OTHER_LEARNER)
            return
        event = decode_event(value)
        if learner is None:
            learner = self._meet(key, event)
        elif event.learner_id != learner.learner_id or event.tenant_id != learner.tenant_id:
            raise _wrong_key(key)
        at = micros(event.timestamp)
        if at >= self._until:
            self._skip(AFTER)
            return
        position = Position(self.partition, offset)
        if at < self._since or (self._among is not None and not self._among(key)):
            self._decide_by_base(learner, event, at, position)
            return
        before = learner.base, learner.candidate
        base, candidate = self._both.decide(before, event, at, position)
        learner.base, learner.candidate = base.state, candidate.state
        self._count(learner, event, at, before[0], base)
        if (
            base.actions
            or candidate.actions
            or base.state.level is not candidate.state.level
            or base.outcome is not candidate.outcome
            or type(event) is LearnerErased
            or (self._watched and event.id in self._watched)
        ):
            self._tell(key, learner, event, at, before, base, candidate)

    def _decide_by_base(self, learner: Learner, event: Event, at: int, position: Position) -> None:
        """What is not compared: base decides both sides."""
        before = learner.base, learner.candidate
        base, candidate = self._base_alone.decide(before, event, at, position)
        learner.base, learner.candidate = base.state, candidate.state
        self._skip(WARM_UP if at < self._since else OTHER_LEARNER)

    def _note_decided(self) -> None:
        """Add up what is counted of every event: in a dictionary for each that would take long."""
        coverage, decided = self.coverage, self._decided
        coverage.read += self._records
        if decided:
            coverage.outcomes[_DECIDED] = coverage.outcomes.get(_DECIDED, 0) + decided
        self._records = self._decided = 0

    def _count(
        self, learner: Learner, event: Event, at: int, before: LearnerState | None, base: Decision
    ) -> None:
        coverage, outcome, day = self.coverage, base.outcome, at // DAY
        if type(event) in _OURS:
            self._skip(INTERNAL_EVENT)
            return
        if outcome is not _DECIDED:
            coverage.outcomes[outcome] = coverage.outcomes.get(outcome, 0) + 1
            return
        self._decided += 1
        coverage.worked += worked(before, base.state, event, self._pause)
        if day != learner.day:
            is_first = learner.day < 0
            if is_new_day(learner, day):
                coverage.learners += is_first
                coverage.learner_days += 1

    def _tell(
        self,
        key: bytes,
        learner: Learner,
        event: Event,
        at: int,
        before: tuple[LearnerState | None, LearnerState | None],
        base: Decision,
        candidate: Decision,
    ) -> None:
        """Tell the tally that there is something to say."""
        if learner.tally is None:
            learner.tally = self.tally.learner(key)
        if type(event) is LearnerErased:
            self.tally.forget(learner.tally)
            return
        level = _level(before[0], self._both.base)
        other = level if base is candidate else _level(before[1], self._both.candidate)
        self.tally.take(learner.tally, event, at, base, candidate, level, other)

    def _meet(self, key: bytes, event: Event) -> Learner:
        if learner_key(event.tenant_id, event.learner_id) != key:
            raise _wrong_key(key)
        learner = self.learners[key] = Learner(event.tenant_id, event.learner_id)
        return learner

    def _skip(self, why: str) -> None:
        skipped = self.coverage.skipped
        skipped[why] = skipped.get(why, 0) + 1


def _level(state: LearnerState | None, policy: Policy) -> Level:
    return policy.level.start if state is None or state.last_event_at < 0 else state.level


def _begun(key: bytes, state: LearnerState) -> Learner:
    tenant_id, learner_id = parse_learner_key(key)
    return Learner(tenant_id, learner_id, state, state)


def _wrong_key(key: bytes) -> InvalidEvent:
    return InvalidEvent(Refusal.WRONG_KEY, f"the key is {key!r}, the event is of another learner")
