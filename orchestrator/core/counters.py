"""What is counted of a partition: absolute figures up to an offset, kept with its state."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.in_force import InForce, Tried
from orchestrator.core.policy_records import CanaryStarted

MICROS_PER_MINUTE = 60_000_000
ACTIVE_MINUTES = 60
"""A learner is active who had an event within the last hour."""


class DecideCounters(Struct):
    """The events of one partition of `orchestrator.events`, up to and with `offset`.

    `policy`: the version in force, "" before the first record. `decided`, `duplicates`, `late` and
    `refused` are those of producers, `internal` our own, `controls` the switches of the policy.
    `replayed`: those among the former four that a replay of dead letters has sent.
    `unknown_severities`: alerts that count as high since nobody knows their severity. `actions` by
    type. `active`: learners by the minute (event time, since 1970) of their newest event, of the
    newest hour; `newest`: the newest event time in microseconds. `canary`, `tried`: see
    core/in_force.py.
    """

    offset: int = -1
    policy: str = ""
    decided: int = 0
    duplicates: int = 0
    late: int = 0
    refused: int = 0
    internal: int = 0
    controls: int = 0
    replayed: int = 0
    unknown_severities: int = 0
    learners: int = 0
    newest: int = 0
    actions: dict[str, int] = {}
    active: dict[int, int] = {}
    canary: CanaryStarted | None = None
    tried: tuple[Tried, ...] = ()

    @property
    def in_force(self) -> InForce:
        """What decides after `offset`."""
        return InForce(self.policy, self.canary, self.tried)

    @in_force.setter
    def in_force(self, now: InForce) -> None:
        self.policy, self.canary, self.tried = now.policy, now.canary, now.tried

    def copy(self) -> "DecideCounters":
        """The same figures, to be changed on their own."""
        return replace(self, actions=dict(self.actions), active=dict(self.active))

    def saw_learner(self, before: int | None, now: int) -> None:
        """A learner's newest event moved from `before` (None: a new learner) to `now`."""
        if before is None:
            self.learners += 1
        else:
            _less(self.active, before // MICROS_PER_MINUTE)
        minute, newest = now // MICROS_PER_MINUTE, self.newest // MICROS_PER_MINUTE
        if now > self.newest:
            self.newest = now
            if minute > newest:
                self._forget_idle(minute - ACTIVE_MINUTES)
        if minute >= newest - ACTIVE_MINUTES:
            self.active[minute] = self.active.get(minute, 0) + 1

    def forgot_learner(self, before: int) -> None:
        """A learner is erased, whose newest event was at `before`."""
        self.learners -= 1
        _less(self.active, before // MICROS_PER_MINUTE)

    def _forget_idle(self, oldest: int) -> None:
        self.active = {minute: count for minute, count in self.active.items() if minute >= oldest}

    def active_at(self, now: int) -> int:
        """Learners with an event within the hour before `now` (microseconds)."""
        oldest = now // MICROS_PER_MINUTE - ACTIVE_MINUTES
        return sum(count for minute, count in self.active.items() if minute > oldest)


class LabelCounters(Struct):
    """Records by a label (an outcome, a reason), up to and with the one that is numbered `last`.

    `replayed`: how many of these took another one's place, since they were asked for by hand once
    more after they had ended; so `counts` has each action once, by its newest end. Until it has
    that end, what is replayed counts by its old one, and is neither parked nor in flight.
    """

    last: int = -1
    counts: dict[str, int] = {}
    replayed: int = 0

    def count(self, number: int, label: str, instead_of: str | None = None) -> bool:
        """Take one record into account; False if it has been already.

        `instead_of`: the label that was counted before of what now has this one.
        """
        if number <= self.last:
            return False
        self.last = number
        self.counts[label] = self.counts.get(label, 0) + 1
        if instead_of is not None:
            self.counts[instead_of] = self.counts.get(instead_of, 0) - 1
            self.replayed += 1
        return True


_encoder = msgspec.json.Encoder()
_decide_decoder = msgspec.json.Decoder(DecideCounters)


def encode_counters(counters: Struct) -> bytes:
    """The row's value: JSON, so that a person can read it in the topic."""
    return _encoder.encode(counters)


def decode_decide_counters(raw: bytes) -> DecideCounters:
    """The counters of a row. Raises msgspec.DecodeError on anything else."""
    return _decide_decoder.decode(raw)


def _less(counts: dict[int, int], minute: int) -> None:
    left = counts.get(minute, 0) - 1
    if left > 0:
        counts[minute] = left
    else:
        counts.pop(minute, None)
