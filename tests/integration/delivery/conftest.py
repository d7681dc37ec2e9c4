"""A downstream service of one's own for each test."""

from collections.abc import AsyncIterator

import pytest

from orchestrator.embedded.sandbox import Sandbox
from tests.integration.delivery.downstream import Downstream, running
from tests.integration.delivery.rig import Rig, running_rig


@pytest.fixture
async def downstream() -> AsyncIterator[Downstream]:
    async with running(Downstream()) as one:
        yield one


@pytest.fixture
async def rig(sandbox: Sandbox) -> AsyncIterator[Rig]:
    async with running_rig(sandbox) as one:
        yield one
