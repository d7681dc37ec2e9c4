"""What operators bring into force, end and try; and, said a second time, what then decides."""

from collections.abc import Sequence
from random import Random

from orchestrator.core.canary import Canary
from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import (
    CanaryEnded,
    CanaryStarted,
    Control,
    PolicyActivated,
    ShadowEnded,
    ShadowStarted,
)


class Operators:
    """They switch, start canaries and end them, and now and then say again what they said."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._said: list[Control] = []

    def says(self, version: str) -> Control:
        """What is said next; of the policy of this version, if it is of a policy."""
        control = self._next(version)
        self._said.append(control)
        return control

    def _next(self, version: str) -> Control:
        random, trial = self._random, f"trial-{len(self._said)}"
        chance = random.random()
        if chance < 0.3:
            return PolicyActivated(version)
        if chance < 0.65:
            return CanaryStarted(
                trial, version, random.choice([5, 50, 100]), proposed=random.random() < 0.2
            )
        if self._said and chance < 0.9:
            before = random.choice(self._said)
            if isinstance(before, CanaryStarted) and random.random() < 0.7:
                return CanaryEnded(before.trial, "enough")
            return before
        return ShadowStarted(trial, version) if chance < 0.95 else ShadowEnded(trial, "enough")


class Deciding:
    """Which policy decides a learner in a partition, as the documentation has it.

    Not by the product's own way of saying it: by what was ever started and ended there.
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policies = {policy.version: policy for policy in policies}
        self.version = policies[0].version
        self._canary: CanaryStarted | None = None
        self._known: set[str] = set()
        self._tried: set[str] = set()

    def hears(self, control: Control) -> None:
        """A control record stands here."""
        if isinstance(control, PolicyActivated):
            self.version = control.version
            if self._canary is not None and self._canary.version == control.version:
                self._canary = None
        elif isinstance(control, CanaryStarted):
            tried = control.proposed and control.version in self._tried
            if control.trial not in self._known and control.version != self.version and not tried:
                self._canary = control
                self._known.add(control.trial)
                self._tried.add(control.version)
        elif isinstance(control, CanaryEnded):
            self._known.add(control.trial)
            if self._canary is not None and self._canary.trial == control.trial:
                self._canary = None

    def version_for(self, key: bytes) -> str:
        """By which policy a learner's next event is decided."""
        canary = self._canary
        if canary is None or not Canary(canary, self._policies[canary.version]).has(key):
            return self.version
        return canary.version
