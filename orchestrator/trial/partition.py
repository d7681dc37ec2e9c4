"""The trials in one partition of the events: a pure function of its records.

From the first record on it knows what every learner's state was; what a trial counts begins and
ends with its control records, whoever reads them and how often.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct, field

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import CONTROL, Pair
from orchestrator.comparison.tally import Tally
from orchestrator.core.canary import Canary
from orchestrator.core.guard_rails import GuardRails
from orchestrator.core.in_force import InForce, after
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import (
    CONTROL_KEY,
    CanaryStarted,
    Control,
    ShadowEnded,
    ShadowStarted,
    decode_control,
)
from orchestrator.core.trial_records import TrialKind
from orchestrator.errors import UnknownPolicy
from orchestrator.stream.records import RawRecord


class Stretch(Struct):
    """What one trial has come to in one partition.

    `begin`: the first offset after the record that started it, which came in at `since_ms` (by
    Kafka's clock); `end`: the offset of the one that ended it, None while it runs. `rails`: what
    undoes a canary.
    """

    trial: str
    kind: TrialKind
    version: str
    begin: int
    since_ms: int
    rails: GuardRails | None = None
    end: int | None = None
    tally: Tally = field(default_factory=Tally)
    coverage: Coverage = field(default_factory=Coverage)

    def pass_over(self) -> None:
        """Count a control record in its midst."""
        self.coverage.read += 1
        skipped = self.coverage.skipped
        skipped[CONTROL] = skipped.get(CONTROL, 0) + 1


class PartitionTrials:
    """Fed with the partition's records in the order of their offsets.

    `policies`: those that the cluster knows; `first`: the version that the partition begins under.
    `is_left_out`: whether a trial need not be counted (again).
    """

    def __init__(
        self,
        partition: int,
        policies: Mapping[str, Policy],
        first: str,
        is_left_out: Callable[[str], bool],
    ) -> None:
        self.position = 0
        self.stretches: dict[str, Stretch] = {}
        self._partition = partition
        self._policies = policies
        self._is_left_out = is_left_out
        self._in_force = InForce(first)
        base = self._known(first)
        self._live = Pair(partition, base, base, Tally(), Coverage())
        self._live.switch(base, base, among=_nobody)
        self._shadow: tuple[Stretch, Pair] | None = None
        self._shadows_ended: set[str] = set()

    @property
    def policy(self) -> str:
        """The version in force."""
        return self._in_force.policy

    def take(self, records: Sequence[RawRecord]) -> None:
        """Go on by some records; those that were taken before are passed over.

        Raises UnknownPolicy at a record that names a policy which is not known yet; what stands
        before it is taken, and the same records may be given again.
        """
        run: list[RawRecord] = []
        for record in records:
            if record.offset < self.position:
                continue
            if record.key == CONTROL_KEY:
                self._feed(run)
                run = []
                self._heed(record)
            else:
                run.append(record)
        self._feed(run)

    def _feed(self, run: Sequence[RawRecord]) -> None:
        if not run:
            return
        columns = [r.offset for r in run], [r.key for r in run], [r.value for r in run]
        self._live.feed(*columns)
        if self._shadow is not None:
            self._shadow[1].feed(*columns)
        self.position = run[-1].offset + 1

    def _heed(self, record: RawRecord) -> None:
        """Take a control record. What is none is a dead letter, and switches nothing."""
        try:
            control = decode_control(record.value or b"")
        except msgspec.DecodeError:
            control = None
        if control is not None:
            self._follow(control, record)
        for stretch in self.stretches.values():
            if stretch.end is None and stretch.begin <= record.offset:
                stretch.pass_over()
        self.position = record.offset + 1

    def _follow(self, control: Control, record: RawRecord) -> None:
        match control:
            case ShadowStarted(trial, version):
                self._start_shadow(trial, version, record)
            case ShadowEnded(trial):
                self._end_shadow(trial, record.offset)
            case _:
                self._switch(after(self._in_force, control), record)

    def _switch(self, now: InForce, record: RawRecord) -> None:
        """Let what is in force from here on decide."""
        before = self._in_force
        if now == before:
            return
        base = self._known(now.policy)
        canary = None
        if now.canary is not None:
            canary = Canary(now.canary, self._known(now.canary.version))
        if now.canary != before.canary:
            self._end_canary(before, record.offset)
        self._in_force = now
        if canary is None or now.canary is None:
            self._live.switch(base, base, among=_nobody)
        else:
            self._live.switch(base, canary.policy, among=canary.has)
            if now.canary != before.canary:
                self._start_canary(now.canary, record)
        if self._shadow is not None:
            stretch, pair = self._shadow
            pair.switch(base, self._known(stretch.version))

    def _start_canary(self, canary: CanaryStarted, record: RawRecord) -> None:
        """From here on the candidate's side is what is so, and base's what would have been."""
        if self._is_left_out(canary.trial):
            return
        stretch = self._new(canary.trial, TrialKind.CANARY, canary.version, record)
        stretch.rails = canary.rails
        self._count_live(stretch.tally, stretch.coverage)

    def _end_canary(self, before: InForce, offset: int) -> None:
        """What was so stays so: both sides go on from the candidate's states."""
        self._live.start_over(from_candidate=True)
        self._count_live(Tally(), Coverage())
        if before.canary is not None and before.canary.trial in self.stretches:
            self.stretches[before.canary.trial].end = offset

    def _count_live(self, tally: Tally, coverage: Coverage) -> None:
        """Count into these from here on."""
        self._live.tally, self._live.coverage = tally, coverage
        for learner in self._live.learners.values():
            learner.tally, learner.day = None, -1

    def _start_shadow(self, trial: str, version: str, record: RawRecord) -> None:
        """From the states that are, and by the policy in force on base's side."""
        if trial in self.stretches or trial in self._shadows_ended:
            return
        candidate = self._known(version)
        if self._shadow is not None:
            self._end_shadow(self._shadow[0].trial, record.offset)
        if self._is_left_out(trial):
            return
        stretch = self._new(trial, TrialKind.SHADOW, version, record)
        states = {
            key: learner.candidate
            for key, learner in self._live.learners.items()
            if learner.candidate is not None
        }
        base = self._known(self._in_force.policy)
        pair = Pair(
            self._partition, base, candidate, stretch.tally, stretch.coverage, states=states
        )
        self._shadow = stretch, pair

    def _end_shadow(self, trial: str, offset: int) -> None:
        self._shadows_ended.add(trial)
        if self._shadow is not None and self._shadow[0].trial == trial:
            self._shadow[0].end = offset
            self._shadow = None

    def _new(self, trial: str, kind: TrialKind, version: str, record: RawRecord) -> Stretch:
        stretch = Stretch(trial, kind, version, record.offset + 1, record.timestamp)
        self.stretches[trial] = stretch
        return stretch

    def _known(self, version: str) -> Policy:
        try:
            return self._policies[version]
        except KeyError:
            raise UnknownPolicy(version) from None


def _nobody(_key: bytes) -> bool:
    return False
