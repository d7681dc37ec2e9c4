"""A learner is erased while actions wait, and begins anew."""

import urllib.error
from pathlib import Path

import pytest

from orchestrator.embedded.sandbox import Mode, Service
from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import House, erase, get
from tests.product.levels import TENANT, assessment, level_of
from tests.product.outage import alert
from tests.waiting import eventually


def is_unknown(worker: WorkerProcess, learner: str) -> bool:
    try:
        get(worker, f"/learners/{learner}/state?tenant_id={TENANT}")
    except urllib.error.HTTPError as error:
        return error.code == 404
    return False


async def test_what_waits_ends_as_erased_the_state_is_gone_and_the_learner_begins_anew(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        for service in Service:
            house.sandbox.put_fault(service, Mode.SERVER_ERROR)
        await house.add([assessment(7, 0.9, "anna"), alert("anna"), assessment(7, 0.9, "ben")])
        await eventually(lambda: get(worker, "/stats")["actions_pending"] == 4, within=60)

        receipt = erase(worker, TENANT, "anna")
        assert receipt["offset"] is not None
        assert is_unknown(worker, "anna")
        await eventually(lambda: get(worker, "/stats")["actions_erased"] == 3, within=60)
        figures = get(worker, "/stats")
        assert (figures["actions_pending"], figures["total_learners"]) == (1, 1)

        await house.add([assessment(8, 0.9, "anna")])
        await eventually(lambda: get(worker, "/stats")["actions_pending"] == 2, within=60)
        worker.kill()
        worker.start()
        for service in Service:
            house.sandbox.put_fault(service, Mode.OK)
        await house.settled(worker, events=4, within=120)

        assert level_of(worker, "anna") == "challenging"
        figures = get(worker, "/stats")
        assert (figures["actions_delivered"], figures["actions_erased"]) == (2, 3)
        assert figures["total_events_received"] == figures["total_events_processed"] == 4
        assert figures["total_learners"] == 2
        applied = [call.learner_id for call in house.sandbox.calls if call.applied]
        assert sorted(applied) == ["anna", "ben"]
        assert (await house.judge()).faults() == {}


async def test_nobody_is_erased_by_a_producer(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        worker = house.new_worker()
        worker.start()
        stream, good = assessment(1, 0.9, "anna")
        bad = {**good, "id": "forged", "type": "LEARNER_ERASED", "data": {}}
        await house.add([(stream, good), (stream, bad)])
        await house.settled(worker, events=2)
        assert get(worker, "/stats")["dead_letters"] == 1
        assert level_of(worker, "anna") == "challenging"
        assert not is_unknown(worker, "anna")
        with pytest.raises(urllib.error.HTTPError, match="422"):
            erase(worker, "", "anna")
