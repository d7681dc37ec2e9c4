"""The lease: a process that stood still for too long may have lost its partitions unknowingly."""

from __future__ import annotations

import asyncio

from aiokafka.errors import KafkaError

BEAT_EVERY_S = 0.25


class StoodStill(KafkaError):
    """The process did not run for so long that its group may have given its partitions away.

    One of Kafka's errors, since it ends writes in the middle of the client's work.
    """


class Lease:
    """Whether what this process has in hand may still be written.

    Kafka does not ask a writer whether the partition is still its own: a state that a stopped
    process (SIGSTOP, a frozen container, a host without memory) had ready would be written when it
    goes on, over the newer one of the owner of meanwhile. Contract: the event loop runs every
    `longest_s` at least, or the lease has ended, for good; `check` finds that out even if it is
    the first thing to run after the standstill.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._beat_at: float | None = None
        self._stood_still_s = 0.0
        self._next_beat: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to watch the running event loop."""
        loop = asyncio.get_running_loop()
        self._look()
        self._beat_at = loop.time()
        self._next_beat = loop.call_later(BEAT_EVERY_S, self.start)

    def renew(self) -> None:
        """Whatever was may have been lost, and has been given anew."""
        self._stood_still_s = 0.0

    def stop(self) -> None:
        """End; nothing is checked any more."""
        if self._next_beat is not None:
            self._next_beat.cancel()
        self._beat_at = None

    def check(self) -> None:
        """Raise StoodStill if the lease has ended."""
        self._look()
        if self._stood_still_s:
            raise StoodStill(
                f"this process stood still for {self._stood_still_s:.1f} s, and its partitions may "
                "have another owner by now: it writes nothing more, and is to be started again"
            )

    def _look(self) -> None:
        if self._beat_at is None:
            return
        still_s = asyncio.get_running_loop().time() - self._beat_at
        if still_s > self._longest_s:
            self._stood_still_s = max(self._stood_still_s, still_s)
