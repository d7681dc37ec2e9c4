"""The disk of Valkey or of Kafka is full, until there is room again.

The workers' own tables are in memory, and what they restore is in Kafka: there is no store of
theirs that could be full. A full disk is played by a limit on the size of the server's files, which
needs no rights: a write fails in the same place, with EFBIG instead of ENOSPC.
"""

import asyncio
import resource
from pathlib import Path

import pytest

from orchestrator.embedded.server import Server
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.guarantee import Guarantee
from tests.faults.conftest import FaultReport
from tests.faults.watching import all_ended, component, health, logged, redis_is
from tests.product.house import House, get, school
from tests.product.producers import produce
from tests.waiting import eventually

EVENTS = 3_000
RATE = 500
FULL_AFTER = 600
LARGEST_FILE = 64 * 1024
"""Bytes; some file is larger by then, or soon will be."""


class CrowdedValkey(EmbeddedValkey):
    """A Valkey that is told of a write that fails, as on a full disk, instead of being killed."""

    def _command(self) -> list[str]:
        return ["/usr/bin/env", "--ignore-signal=XFSZ", *super()._command()]


def fill_disk(server: Server) -> None:
    """No file of the server's may grow any more."""
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (LARGEST_FILE, hard))


def make_room(server: Server) -> None:
    """Its files may grow again."""
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.long
@pytest.mark.fault(18)
async def test_while_redis_has_no_room_the_lanes_wait_and_say_so_and_go_on_afterwards(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    house = House(tmp_path)
    house.valkey = CrowdedValkey(tmp_path / "valkey")
    async with house:
        worker = house.new_worker()
        worker.start()
        entries = school(EVENTS, learners=150, seed=18)
        load = asyncio.create_task(produce(house, entries, RATE))
        await eventually(
            lambda: get(worker, "/stats")["total_events_processed"] > FULL_AFTER, within=60
        )
        fill_disk(house.valkey)
        detail = await redis_is(worker, "degraded")
        assert "Errors writing to the AOF file: File too large" in detail
        assert health(worker)["status"] == "degraded"
        make_room(house.valkey)
        await redis_is(worker, "healthy")

        assert await load > 0, "a producer is told that nothing was accepted"
        await all_ended(worker, EVENTS)
        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings)
        assert findings.faults() == {}
        assert await house.pending(sorted({stream for stream, _ in entries})) == 0
        assert not logged(worker, "gap in stream")
        assert worker.is_running


@pytest.mark.long
@pytest.mark.fault(18)
@pytest.mark.parametrize("guarantee", list(Guarantee))
async def test_a_kafka_that_stops_for_want_of_room_is_waited_for_and_nothing_is_lost(
    tmp_path: Path, fault_report: FaultReport, guarantee: Guarantee
) -> None:
    async with House(tmp_path, {"PROCESSING_GUARANTEE": guarantee}) as house:
        worker = house.new_worker()
        worker.start()
        entries = school(EVENTS, learners=150, seed=180)
        load = asyncio.create_task(produce(house, entries, RATE))
        await eventually(
            lambda: get(worker, "/stats")["total_events_processed"] > FULL_AFTER, within=60
        )
        fill_disk(house.kafka)
        await eventually(lambda: not house.kafka.is_running, within=60)
        assert "File too large" in house.kafka.log.read_text()
        await eventually(lambda: component(worker, "kafka")[0] == "unhealthy", within=60)
        assert health(worker)["status"] == "unhealthy"
        assert component(worker, "kafka")[1]

        await asyncio.to_thread(house.kafka.start)
        await load
        await all_ended(worker, EVENTS)
        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings)
        assert findings.faults() == {}
        assert guarantee is Guarantee.AT_LEAST_ONCE or findings.repeated_actions == 0
        assert await house.pending(sorted({stream for stream, _ in entries})) == 0
        assert health(worker)["status"] == "healthy"
