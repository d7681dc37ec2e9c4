"""The lease: until when the group keeps this member's partitions for it, for all it can know."""

from __future__ import annotations

import time
from collections.abc import Callable


class Lease:
    """Runs for a session from the last heartbeat that the group took.

    Kafka itself refuses what a former owner writes (fence.py). The lease is for what Kafka is not
    asked about: whether a service may be called for an action, or a learner's state be shown. It
    ends for a process that stood still (SIGSTOP, a frozen container, a host without memory), and
    for one that works on and hears no more of its group.
    """

    def __init__(self, session_s: float, now: Callable[[], float] = time.monotonic) -> None:
        """`session_s`: how long the group waits for a member's next heartbeat, in seconds."""
        self._session_s = session_s
        self._now = now
        self._until = 0.0

    def renew(self, asked_at: float | None = None) -> None:
        """The group has answered what it was asked at that time, by `now`; or just now."""
        self._until = (self._now() if asked_at is None else asked_at) + self._session_s

    @property
    def holds(self) -> bool:
        """Whether nobody else can have been given the partitions yet."""
        return self._now() < self._until
