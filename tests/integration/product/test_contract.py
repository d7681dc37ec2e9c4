"""A running worker against its own /openapi.json."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from orchestrator.embedded.worker import WorkerProcess
from orchestrator.operations.asyncapi.messages import MESSAGES
from orchestrator.web.openapi_view import OpenApiView
from orchestrator.web.routes import VIEWS
from tests.product.contract import held_against_its_contract
from tests.product.house import CONFIG, PARTITIONS, House
from tests.product.records import held_against_the_document
from tests.product.versions import operate
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "a token that may do everything"
EXAMPLES = 5
"""Cases an operation and phase: so that all of it takes half a minute."""


class Running(NamedTuple):
    """A house and its worker, which everybody may ask who has the token."""

    house: House
    worker: WorkerProcess


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    entry = f"tests:read+trigger+admin:{sha256(TOKEN.encode()).hexdigest()}"
    settings = {"API_TOKENS": entry, "API_RATE": "100000", "API_BURST": "100000"}
    async with House(tmp_path_factory.mktemp("contract"), settings) as house:
        worker = house.new_worker()
        await asyncio.to_thread(worker.start)
        yield Running(house, worker)


async def test_every_answer_is_as_the_document_says(running: Running, tmp_path: Path) -> None:
    report = await asyncio.to_thread(
        held_against_its_contract, running.worker.url, TOKEN, tmp_path, EXAMPLES
    )
    operations = sum(len(view.operations) for view in VIEWS if view is not OpenApiView)
    assert f"Tested: {operations}\n" in report
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}\n" in report


async def test_every_record_is_as_the_document_of_the_topics_says(
    running: Running, tmp_path: Path
) -> None:
    """Of those that the test before has led to, of trials, and of what is refused."""
    house = running.house
    candidate = tmp_path / "candidate.toml"
    policy = (CONFIG / "policy.toml").read_text(encoding="utf-8")
    candidate.write_text(policy.replace("after_minutes = 25", "after_minutes = 20"))
    for trial in ("shadow", "canary"):
        await operate(house, None, "policy", trial, str(candidate))
    alert = {"type": "SEL_ALERT", "tenant_id": "t", "learner_id": "l"}
    said = {"timestamp": 1767605400, "data": {"alert_type": "anxiety", "severity": "high"}}
    await house.add(
        [("aivo.events.sel", alert | said), ("aivo.events.sel", alert | {"type": "NOTHING"})]
    )

    async def all_written(unless: set[str]) -> bool:
        counts = (await held_against_the_document(house.kafka.bootstrap_servers, PARTITIONS)).counts
        return {*MESSAGES} - {"DeadLetterReplayed", *unless} <= {n for n in counts if counts[n]}

    await eventually(lambda: all_written({"ShadowEnded", "CanaryEnded"}), within=40)
    for trial in ("shadow", "canary"):
        await operate(house, None, "policy", trial, "--stop")
    await eventually(lambda: all_written(set()), within=20)
    checked = await held_against_the_document(house.kafka.bootstrap_servers, PARTITIONS)
    assert checked.faults == []
