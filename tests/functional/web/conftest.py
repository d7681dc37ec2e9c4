"""A house and its front door."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.functional.web.house import House, served


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def client(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(house) as session:
        yield session
