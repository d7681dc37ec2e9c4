"""Until when the group keeps this member's partitions."""

import time
from types import SimpleNamespace
from typing import Any, cast

from orchestrator.stream.client import on_heartbeat
from orchestrator.stream.lease import Lease


class Now:
    """A clock, in seconds."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_before_the_group_has_spoken_nothing_is_kept() -> None:
    assert not Lease(10, Now()).holds


def test_it_runs_for_a_session_from_when_the_group_was_asked() -> None:
    now = Now()
    lease = Lease(10, now)
    lease.renew(asked_at=97)
    now.seconds = 106.9
    assert lease.holds
    now.seconds = 107
    assert not lease.holds


def test_it_is_renewed_after_it_has_ended() -> None:
    now = Now()
    lease = Lease(10, now)
    lease.renew()
    now.seconds = 120
    assert not lease.holds
    lease.renew()
    assert lease.holds


class Coordinator(SimpleNamespace):
    """The client's, which is told what the group answers."""

    taken = True

    async def _do_heartbeat(self) -> bool:
        return self.taken


async def test_only_heartbeats_that_are_taken_renew_it() -> None:
    coordinator, sent = Coordinator(), list[float]()
    on_heartbeat(cast("Any", SimpleNamespace(_coordinator=coordinator)), sent.append)
    before = time.monotonic()
    assert await coordinator._do_heartbeat()
    assert before <= sent[0] <= time.monotonic()
    coordinator.taken = False
    assert not await coordinator._do_heartbeat()
    assert len(sent) == 1
