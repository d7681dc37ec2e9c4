"""A worker dies with the power, in the middle of the work."""

from pathlib import Path

import pytest

from tests.faults.conftest import FaultReport
from tests.product.house import House, school
from tests.waiting import eventually

EVENTS = 20_000
KILL_AFTER_CALLS = 1_000


@pytest.mark.fault(1)
async def test_a_worker_killed_in_the_middle_of_20000_events_loses_and_doubles_nothing(
    tmp_path: Path, fault_report: FaultReport
) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        entries = school(EVENTS, learners=400, seed=1)
        await house.add(entries)

        await eventually(lambda: house.sandbox.calls.received > KILL_AFTER_CALLS, within=60)
        worker.kill()
        worker.start()
        await house.settled(worker, EVENTS, within=120)

        findings = await house.judge([str(event["id"]) for _, event in entries])
        fault_report.tell(findings, kills=1)
        assert findings.faults() == {}
        assert findings.events >= EVENTS
        assert findings.actions > KILL_AFTER_CALLS
        assert await house.pending(sorted({stream for stream, _ in entries})) == 0
