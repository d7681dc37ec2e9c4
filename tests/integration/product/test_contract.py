"""A running worker against its own /openapi.json."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.embedded.worker import WorkerProcess
from orchestrator.web.routes import VIEWS
from tests.product.contract import held_against_its_contract
from tests.product.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "a token that may do everything"
EXAMPLES = 5
"""Cases an operation and phase: so that all of it takes half a minute."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerProcess]:
    entry = f"tests:read+trigger+admin:{sha256(TOKEN.encode()).hexdigest()}"
    settings = {"API_TOKENS": entry, "API_RATE": "100000", "API_BURST": "100000"}
    async with House(tmp_path_factory.mktemp("contract"), settings) as house:
        found = house.new_worker()
        await asyncio.to_thread(found.start)
        yield found


async def test_every_answer_is_as_the_document_says(worker: WorkerProcess, tmp_path: Path) -> None:
    report = await asyncio.to_thread(
        held_against_its_contract, worker.url, TOKEN, tmp_path, EXAMPLES
    )
    operations = sum(len(view.operations) for view in VIEWS)
    assert f"Tested: {operations}\n" in report
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}\n" in report
