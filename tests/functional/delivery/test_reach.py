"""Whether anybody listens, asked of real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orchestrator.core.actions import Service
from orchestrator.delivery.reach import Reach
from orchestrator.embedded.ports import free_port
from tests.waiting import eventually


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[None]:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server:
        yield


@asynccontextmanager
async def looking(reach: Reach) -> AsyncIterator[None]:
    task = asyncio.create_task(reach.run())
    try:
        yield
    finally:
        task.cancel()


async def test_it_is_seen_within_five_seconds_that_nobody_listens_and_that_somebody_does() -> None:
    port = free_port("127.0.0.1")
    reach = Reach(Service.LEARNER, f"http://127.0.0.1:{port}/api")
    async with looking(reach):
        await eventually(lambda: reach.trouble is not None, within=5)
        assert f"nobody listens at 127.0.0.1:{port}" in str(reach.trouble)
        async with listening(port):
            await eventually(lambda: reach.trouble is None, within=5)


async def test_a_name_that_nobody_knows_is_trouble_too() -> None:
    reach = Reach(Service.LEARNER, "https://learner-svc.invalid")
    async with looking(reach):
        await eventually(lambda: reach.trouble is not None, within=5)
    assert "learner-svc.invalid:443" in str(reach.trouble)


@pytest.mark.parametrize("url", ["http://10.0.0.1", "https://10.0.0.1:8443"])
async def test_nothing_is_said_before_the_first_look(url: str) -> None:
    assert Reach(Service.LEARNER, url).trouble is None
