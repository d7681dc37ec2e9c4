"""Who is in a canary: a pure function of the record that started it and a learner's key."""

from hashlib import blake2b
from urllib.parse import quote

from orchestrator.core.policy import Policy
from orchestrator.core.policy_records import CanaryStarted

_WIDTH = 8


class Canary:
    """A canary's policy, and the learners that it decides for.

    A learner is drawn by a hash of their key under the trial's name: in or out for the whole trial
    and on every machine, and another trial draws others, unless it has the draw of the first: then
    more percent keep those that were in.
    """

    def __init__(self, started: CanaryStarted, policy: Policy) -> None:
        self.started = started
        self.policy = policy
        self._hasher = blake2b(key=(started.draw or started.trial).encode(), digest_size=_WIDTH)
        self._below = int(started.percent / 100 * 256**_WIDTH)
        self._tenants = frozenset(quote(tenant, safe="").encode() for tenant in started.tenants)

    def has(self, key: bytes) -> bool:
        """Whether a learner (tenant/learner, see core/ids.py) is decided by the canary's policy."""
        if self._tenants and key.partition(b"/")[0] not in self._tenants:
            return False
        hasher = self._hasher.copy()
        hasher.update(key)
        return int.from_bytes(hasher.digest()) < self._below
