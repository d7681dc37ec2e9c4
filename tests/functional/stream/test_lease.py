"""A process that stood still is told so before it writes, whatever runs first."""

import asyncio
import time

import pytest

from orchestrator.stream.lease import Lease, StoodStill
from orchestrator.stream.producer import LeasedProducer

LONGEST_S = 0.05


async def test_while_the_loop_runs_the_lease_holds() -> None:
    lease = Lease(longest_s=10)
    lease.start()
    await asyncio.sleep(0)
    lease.check()
    lease.stop()


async def test_a_standstill_is_found_by_whoever_asks_first() -> None:
    lease = Lease(LONGEST_S)
    lease.start()
    time.sleep(2 * LONGEST_S)  # noqa: ASYNC251 - the standstill
    with pytest.raises(StoodStill, match=r"stood still for 0\.1 s"):
        lease.check()
    lease.stop()


async def test_a_standstill_is_not_forgotten_when_the_loop_runs_again() -> None:
    lease = Lease(LONGEST_S)
    lease.start()
    time.sleep(2 * LONGEST_S)  # noqa: ASYNC251 - the standstill
    lease.start()
    with pytest.raises(StoodStill):
        lease.check()
    lease.stop()


async def test_before_it_starts_and_after_it_stops_nothing_is_watched() -> None:
    lease = Lease(LONGEST_S)
    lease.check()
    lease.start()
    lease.stop()
    time.sleep(2 * LONGEST_S)  # noqa: ASYNC251 - the standstill
    lease.check()


async def test_once_the_lease_has_ended_no_request_leaves_the_producer() -> None:
    lease = Lease(LONGEST_S)
    lease.start()
    producer = LeasedProducer(lease, bootstrap_servers="127.0.0.1:9")
    time.sleep(2 * LONGEST_S)  # noqa: ASYNC251 - the standstill
    with pytest.raises(StoodStill):
        await producer.client.send(0, object())
    await producer.stop()
    lease.stop()
