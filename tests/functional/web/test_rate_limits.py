"""How often a token may ask, and how often a peer may be wrong."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from orchestrator.api_tokens import new_token
from orchestrator.scope import Scope
from orchestrator.web.access.authentication import WRONG_BURST
from tests.functional.web.house import House, served

PAGE_SECRET, PAGE = new_token("page", [Scope.READ], None)
OWN_SECRET, OWN = new_token("own", [Scope.READ], None)


@pytest.fixture
def house() -> House:
    house = House()
    house.api_tokens = (PAGE, OWN)
    house.rate, house.burst = 0.001, 3
    return house


@pytest.fixture
async def client(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(house) as session:
        yield session


async def stats(client: aiohttp.ClientSession, token: str, path: str = "/stats") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with client.get(path, headers=headers) as response:
        if response.status == 429:
            assert int(response.headers["Retry-After"]) >= 1
            assert response.content_type == "application/problem+json"
        return response.status


async def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    client: aiohttp.ClientSession,
) -> None:
    assert [await stats(client, PAGE_SECRET) for _ in range(5)] == [200, 200, 200, 429, 429]


async def test_one_that_asks_too_often_holds_up_no_other(client: aiohttp.ClientSession) -> None:
    for _ in range(5):
        await stats(client, PAGE_SECRET)
    assert await stats(client, OWN_SECRET) == 200


async def test_the_probes_are_not_counted(client: aiohttp.ClientSession) -> None:
    for _ in range(5):
        assert await stats(client, PAGE_SECRET, "/health") == 200
    assert await stats(client, PAGE_SECRET) == 200


async def test_wrong_tokens_are_bounded_and_lock_no_right_one_out(
    client: aiohttp.ClientSession,
) -> None:
    answers = [await stats(client, f"aivo_guess-{number}") for number in range(WRONG_BURST + 5)]
    assert answers[:WRONG_BURST] == [401] * WRONG_BURST
    assert answers[-1] == 429
    assert await stats(client, PAGE_SECRET) == 200


async def test_without_tokens_nothing_is_counted(house: House) -> None:
    house.api_tokens = ()
    async with served(house) as client:
        assert {await stats(client, "any") for _ in range(10)} == {200}
