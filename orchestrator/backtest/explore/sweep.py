"""One pass over a partition for all points of a grid: each event is decoded once.

Every point has states of its own, as core/fold.py would give them under its policy. Points whose
states of a learner are the same share them, and one decision serves them while nothing differs.
"""

from collections.abc import Callable, Mapping, Sequence

from orchestrator.archive.source import Chunk
from orchestrator.backtest.explore.counts import PLACE, TYPES, PointCounts, SweepCounts
from orchestrator.backtest.explore.kinship import kin_of
from orchestrator.backtest.explore.learner_states import LearnerStates, Points
from orchestrator.comparison.days_seen import is_new_day
from orchestrator.core.decide import Decision, DecisionOutcome, Position
from orchestrator.core.event_codec import decode_event
from orchestrator.core.events import INTERNAL, Event
from orchestrator.core.ids import learner_key
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.core.state import LearnerState
from orchestrator.core.times import DAY, micros
from orchestrator.errors import InvalidEvent

ALWAYS = -1
"""Before every time that an event can have."""

FIRST = 0
"""The point that tells what an event is worth: the base, where it is among the points."""


class _Learner:
    """A learner's states, the days that count (days_seen.py), and the places (point, type) of what
    was given."""

    __slots__ = ("day", "earlier", "given", "states")

    def __init__(self, state: LearnerState | None) -> None:
        self.states = LearnerStates(state)
        self.day = -1
        self.earlier = 0
        self.given: set[int] = set()


class Sweep:
    """A partition under the policies of all points; `base` decides until `since`.

    `since`, `until`: microseconds of event time, the end not included. Events from before it warm
    up: the base decides them for all points; those from after it are passed over. `only`: the keys
    to look at. `states`: what learners begin with.
    """

    def __init__(
        self,
        base: Policy,
        policies: Sequence[Policy],
        *,
        since: int = ALWAYS,
        until: int | None = None,
        only: Callable[[bytes], bool] | None = None,
        states: Mapping[bytes, LearnerState] | None = None,
    ) -> None:
        self._base = base
        self._policies = policies
        self._kins = kin_of(policies)
        self._since = since
        self._until = until
        self._only = only
        self._learners = {key: _Learner(state) for key, state in (states or {}).items()}
        self._counts = SweepCounts([PointCounts() for _ in policies])

    def take(self, chunk: Chunk) -> None:
        """Decide some records, in offset order."""
        partition, only = chunk.partition, self._only
        self._counts.records += len(chunk.offsets)
        for offset, key, value in zip(chunk.offsets, chunk.keys, chunk.values, strict=True):
            if key == CONTROL_KEY or (only is not None and not (key and only(key))):
                continue
            event = self._read(key, value)
            if key is not None and event is not None:
                self._decide(key, event, Position(partition, offset))

    def counts(self) -> SweepCounts:
        """What was counted so far."""
        learners = self._learners.values()
        for number, point in enumerate(self._counts.points):
            places = range(number * len(TYPES), (number + 1) * len(TYPES))
            point.learners = [sum(place in each.given for each in learners) for place in places]
        return self._counts

    def _read(self, key: bytes | None, value: bytes | None) -> Event | None:
        """The event of a record, or None if it is refused."""
        try:
            event = decode_event(value or b"")
        except InvalidEvent:
            event = None
        if event is None or learner_key(event.tenant_id, event.learner_id) != key:
            self._counts.refused += 1
            return None
        return event

    def _decide(self, key: bytes, event: Event, position: Position) -> None:
        at = micros(event.timestamp)
        if self._until is not None and at >= self._until:
            return
        learner = self._learners.get(key)
        if learner is None:
            learner = self._learners[key] = _Learner(None)
        if at < self._since:
            learner.states.warm_up(event, position, self._base)
            return
        if not learner.states.is_parted:
            learner.states.part(self._kins)
        for points, decision in learner.states.decide(
            event, at, position, self._kins, self._policies
        ):
            if points[0] == FIRST:
                self._count(learner, event, at, decision)
            if decision.actions:
                self._note(learner, points, decision)

    def _count(self, learner: _Learner, event: Event, at: int, first: Decision) -> None:
        """Count the event as comparison/pair.py does, by what the first point makes of it."""
        if event.type in INTERNAL or first.outcome is not DecisionOutcome.DECIDED:
            return
        self._counts.events += 1
        is_first = learner.day < 0
        if is_new_day(learner, at // DAY):
            self._counts.learners += is_first
            self._counts.learner_days += 1

    def _note(self, learner: _Learner, points: Points, decision: Decision) -> None:
        for action in decision.actions:
            kind = PLACE[action.type]
            for point in points:
                self._counts.points[point].actions[kind] += 1
                learner.given.add(point * len(TYPES) + kind)
