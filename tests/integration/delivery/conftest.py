"""A downstream service of one's own for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.delivery.downstream import Downstream, running


@pytest.fixture
async def downstream() -> AsyncIterator[Downstream]:
    async with running(Downstream()) as one:
        yield one
