"""Counts what two policies make of the same events, one partition at a time.

The memory is that of the learners and the cells, whatever the number of events. Tallies of
partitions merge, in any order, to the same whole; what it says is made by summarising.py.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct, field

from orchestrator.comparison.alike import are_alike, are_all_alike
from orchestrator.comparison.cells import FIRST_CELL, SEEN, TYPES, place_of, rank_of
from orchestrator.comparison.label_tally import LabelTally
from orchestrator.comparison.learner_tally import (
    ADDED,
    CHANGED,
    KEPT_MOMENTS,
    LOST,
    MOVED,
    LearnerTally,
    OpenAction,
)
from orchestrator.comparison.moves import MOST_OPEN, counterpart, still_open
from orchestrator.comparison.traces import encode_moment
from orchestrator.core.actions import Action, ActionType
from orchestrator.core.decide import Decision, DecisionOutcome
from orchestrator.core.events import Event
from orchestrator.core.ids import parse_learner_key
from orchestrator.core.levels import Level
from orchestrator.core.times import DAY

SAME, AWAY = 4, 5
"""The columns of a cell after CHANGED, LOST, ADDED and MOVED. AWAY: what the candidate gives there,
beyond the same; below 0 where one that is the same stands in another cell under the candidate."""

WIDTH = 6

_NOTHING = [0] * WIDTH
_BREAK = TYPES.index(ActionType.GAME_BREAK)


class Tally(Struct):
    """The counts of a partition, or of several that were merged.

    `breaks_a_day`: more than so many are noted as a harm. `counts`: by tenant and cell, a row of
    six. `level_events`: events after which the levels differ. `outcomes`: events by (base's,
    candidate's) outcome, joined by `>`, where they differ.
    """

    breaks_a_day: int = 6
    learners: dict[bytes, LearnerTally] = field(default_factory=dict)
    counts: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    level_events: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    labels: LabelTally = field(default_factory=LabelTally)

    def learner(self, key: bytes) -> LearnerTally:
        """The record of the learner with a Kafka key, made where there is none; to be kept at hand
        by who feeds the events."""
        found = self.learners.get(key)
        if found is None:
            tenant = parse_learner_key(key)[0]
            found = self.learners[key] = LearnerTally(key, tenant)
        return found

    def same(self, learner: LearnerTally, at: int, actions: Sequence[Action], level: Level) -> None:
        """Take an event that both decided alike. `at`: its time; `level`: before it, under both.

        Events without actions need not be told. One with a label goes to `take`.
        """
        place = place_of(at, level)
        counts, seen = self._counts(learner), learner.seen
        for action in actions:
            cell, kind = FIRST_CELL[action.rule]
            cell += place
            _row(counts, cell)[SAME] += 1
            seen[kind] |= SEEN[cell]
            if kind == _BREAK:
                day = at // DAY
                learner.base_days.note(day, self.breaks_a_day)
                learner.candidate_days.note(day, self.breaks_a_day)

    def take(
        self,
        learner: LearnerTally,
        event: Event,
        at: int,
        base: Decision,
        candidate: Decision,
        base_level: Level,
        candidate_level: Level,
    ) -> None:
        """Take an event at which either side acts, or the outcomes or the levels after it differ,
        or whose id is among `labels.watched()`.

        `at`: the event's time in microseconds. `base_level` and `candidate_level`: before it; of a
        learner of whom nothing is known that at which the policy starts.
        """
        given, other = base.actions, candidate.actions
        differs = False
        if base_level is candidate_level and (given is other or are_all_alike(given, other)):
            self.same(learner, at, given, base_level)
        else:
            differs = self._actions(learner, at, given, other, base_level, candidate_level)
        if base.outcome is not candidate.outcome:
            pair = f"{base.outcome}>{candidate.outcome}"
            self.outcomes[pair] = self.outcomes.get(pair, 0) + 1
            differs = True
        if base.state.level is not candidate.state.level:
            self._levels(learner, base.state.level, candidate.state.level)
        if self.labels.awaited and base.outcome is not DecisionOutcome.DUPLICATE:
            self.labels.take(learner.key, event.id, given, other)
        if differs and not learner.forgotten:
            learner.differing += 1
            if len(learner.moments) < KEPT_MOMENTS:
                learner.moments.append((at, encode_moment(event, base, candidate)))

    def forget(self, learner: LearnerTally) -> None:
        """Take the mark that a learner was erased."""
        learner.forget()

    def merge(self, other: "Tally") -> None:
        """Take in the tally of other partitions, or of other learners. Both are closed by it."""
        for mine in self.learners.values():
            mine.close()
        for key, theirs in other.learners.items():
            theirs.close()
            if key in self.learners:
                self.learners[key].add(theirs)
            else:
                self.learners[key] = theirs
        for tenant, cells in other.counts.items():
            counts = self.counts.setdefault(tenant, {})
            for cell, row in cells.items():
                _add(_row(counts, cell), row)
        self.level_events += other.level_events
        for pair, events in other.outcomes.items():
            self.outcomes[pair] = self.outcomes.get(pair, 0) + events
        self.labels.merge(other.labels)

    def _counts(self, learner: LearnerTally) -> dict[int, list[int]]:
        found = self.counts.get(learner.tenant)
        if found is None:
            found = self.counts[learner.tenant] = {}
        return found

    def _levels(self, learner: LearnerTally, base: Level, candidate: Level) -> None:
        self.level_events += 1
        learner.diverged = True
        fall = rank_of(base) - rank_of(candidate)
        learner.largest_fall = max(learner.largest_fall, fall)

    def _actions(
        self,
        learner: LearnerTally,
        at: int,
        base: Sequence[Action],
        candidate: Sequence[Action],
        base_level: Level,
        candidate_level: Level,
    ) -> bool:
        """Count what each side gave on one event; whether anything is not the same."""
        differs = False
        others = {FIRST_CELL[action.rule][1]: action for action in candidate} if candidate else {}
        base_place = candidate_place = place_of(at, base_level)
        if candidate_level is not base_level:
            candidate_place = place_of(at, candidate_level)
        for action in base:
            cell, kind = self._given(learner, action, base_place)
            other = others.pop(kind, None)
            if kind == _BREAK:
                learner.base_days.note(at // DAY, self.breaks_a_day)
            if other is None:
                self._alone(learner, OpenAction(at, kind, cell, True))
                differs = True
            else:
                differs |= self._both(learner, at, action, cell, other, candidate_place)
        for action in others.values():
            cell, kind = self._given(learner, action, candidate_place)
            if kind == _BREAK:
                learner.candidate_days.note(at // DAY, self.breaks_a_day)
            self._alone(learner, OpenAction(at, kind, cell, False))
            differs = True
        return differs

    def _given(self, learner: LearnerTally, action: Action, place: int) -> tuple[int, int]:
        cell, kind = FIRST_CELL[action.rule]
        cell += place
        learner.seen[kind] |= SEEN[cell]
        return cell, kind

    def _both(
        self,
        learner: LearnerTally,
        at: int,
        base: Action,
        cell: int,
        candidate: Action,
        candidate_place: int,
    ) -> bool:
        """Count an action that both sides gave; whether it is another one."""
        counts = self._counts(learner)
        there, kind = self._given(learner, candidate, candidate_place)
        if kind == _BREAK:
            learner.candidate_days.note(at // DAY, self.breaks_a_day)
        if are_alike(base, candidate):
            _row(counts, cell)[SAME] += 1
            if there != cell:
                _row(counts, cell)[AWAY] -= 1
                _row(counts, there)[AWAY] += 1
            return False
        learner.count(kind, CHANGED)
        _row(counts, cell)[CHANGED] += 1
        _row(counts, there)[AWAY] += 1
        return True

    def _alone(self, learner: LearnerTally, given: OpenAction) -> None:
        """Count an action that one side gave: one that has moved, or else lost or added."""
        counts, kind = self._counts(learner), given.type
        row = _row(counts, given.cell)
        if not given.lost:
            row[AWAY] += 1
        other = None
        if learner.open:
            learner.open = still_open(learner.open, given)
            other = counterpart(learner.open, given)
        if other is None:
            column = LOST if given.lost else ADDED
            row[column] += 1
            learner.count(kind, column)
            learner.open.append(given)
            if len(learner.open) > MOST_OPEN:
                del learner.open[0]
            return
        learner.open.remove(other)
        column = LOST if other.lost else ADDED
        _row(counts, other.cell)[column] -= 1
        learner.count(kind, column, -1)
        _row(counts, given.cell if given.lost else other.cell)[MOVED] += 1
        learner.count(kind, MOVED)


def _row(counts: dict[int, list[int]], cell: int) -> list[int]:
    row = counts.get(cell)
    if row is None:
        row = counts[cell] = _NOTHING.copy()
    return row


def _add(row: list[int], other: Sequence[int]) -> None:
    for column, count in enumerate(other):
        row[column] += count


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Tally)


def encode_tally(tally: Tally) -> bytes:
    """A tally as bytes, to go on with later or elsewhere."""
    return _encoder.encode(tally)


def decode_tally(raw: bytes) -> Tally:
    """The inverse. Raises msgspec.DecodeError."""
    return _decoder.decode(raw)
