"""What another machine may ask that shows the token of the cluster."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from msgspec.structs import replace

from orchestrator.core.levels import Level
from orchestrator.core.state import new_learner
from orchestrator.web.access.workers import HOP_HEADER
from tests.functional.web.house import House, served
from tests.functional.web.test_access import outer_address
from tests.functional.web.test_relay import DRY_RUN, EVENT, STATE, TOKEN


@pytest.fixture
def owner() -> House:
    house = House()
    house.states["school", "ana"] = replace(new_learner(Level.EASY), last_event_at=0)
    return house


def by_worker(token: str = TOKEN, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", HOP_HEADER: "1"} | more


@pytest.fixture
async def outside(owner: House) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the owner's that is on another machine, as far as the owner can tell."""
    address = outer_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    owner.cluster_token = TOKEN
    async with (
        served(owner, web_bind="0.0.0.0"),
        aiohttp.ClientSession(owner.url.replace("127.0.0.1", address)) as client,
    ):
        yield client


async def test_another_machine_is_let_in_with_the_token_for_what_workers_pass_on(
    outside: aiohttp.ClientSession,
) -> None:
    async with outside.get(STATE, headers=by_worker()) as response:
        assert response.status == 200
    async with outside.get(STATE, headers=by_worker(Via="1.1 gateway")) as response:
        assert response.status == 200
    async with outside.post(DRY_RUN, json=EVENT, headers=by_worker()) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HOP_HEADER: "1"},
        {"Authorization": f"Bearer {TOKEN}"},
        by_worker(TOKEN[:-1]),
        by_worker(TOKEN + "x"),
        by_worker(""),
        by_worker() | {"Authorization": TOKEN},
        by_worker() | {"Authorization": f"Basic {TOKEN}"},
        by_worker() | {"Authorization": "Bearer \xe4\udcff"},
    ],
)
async def test_without_the_right_token_and_the_mark_it_is_not(
    outside: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    async with outside.get(STATE, headers=headers) as response:
        assert response.status == 403


async def test_the_token_opens_nothing_else(owner: House, outside: aiohttp.ClientSession) -> None:
    for path in ("/internal/trigger", "/internal/trigger?dry_run=false", "/nowhere"):
        async with outside.post(path, json=EVENT, headers=by_worker()) as response:
            assert response.status == 403
    async with outside.delete("/learners/ana/state", headers=by_worker()) as response:
        assert response.status == 403
    assert owner.submitted == []


async def test_without_a_token_of_its_own_a_worker_takes_none(owner: House) -> None:
    address = outer_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    url = owner.url.replace("127.0.0.1", address)
    async with (
        served(owner, web_bind="0.0.0.0"),
        aiohttp.ClientSession(url) as client,
        client.get(STATE, headers=by_worker("")) as response,
    ):
        assert response.status == 403
