"""Token buckets: so many requests at once, and so many a second, for each key."""

from collections import OrderedDict
from typing import NamedTuple

MOST_KEYS = 10_000
"""Whoever could make more (addresses, say) pushes out who was silent longest: memory is bounded."""


class Bucket(NamedTuple):
    """What was left in it at a moment, in seconds of any clock that never goes back."""

    left: float
    at: float


class Buckets:
    """A bucket for each key; it holds `burst`, and gets `rate` a second back."""

    def __init__(self, rate: float, burst: int, most_keys: int = MOST_KEYS) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._most_keys = most_keys
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> float:
        """Take one out: 0. If there is none, take nothing: the seconds until there is one."""
        before = self._buckets.get(key, Bucket(self._burst, now))
        left = min(self._burst, before.left + (now - before.at) * self._rate)
        taken = left >= 1
        self._keep(key, Bucket(left - taken, now))
        return 0.0 if taken else (1 - left) / self._rate

    def _keep(self, key: str, bucket: Bucket) -> None:
        self._buckets[key] = bucket
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)

    def __len__(self) -> int:
        return len(self._buckets)
