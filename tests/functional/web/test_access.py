"""The access rule in front of the routes, with forged peers and with real ones."""

import socket
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from orchestrator.web.access.authentication import authentication
from orchestrator.web.access.loopback import peer_of
from orchestrator.web.access.rules import Rules
from orchestrator.web.problems import Problem
from tests.functional.web.house import House, served

OUTER = authentication(Rules(), {})
SLP = {"type": "SLP_UPDATED", "tenant_id": "t", "learner_id": "l", "data": {}}


def request_from(peername: object, path: str = "/internal/trigger", **headers: str) -> web.Request:
    """A request whose socket says that `peername` is at its other end."""
    transport: Any = SimpleNamespace(
        get_extra_info=lambda name, default=None: peername if name == "peername" else default,
        is_closing=lambda: False,
    )
    named = {"Host": "localhost"} | headers
    return make_mocked_request("POST", path, headers=named, transport=transport, payload=Mock())


async def let_in(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="in")


@pytest.mark.parametrize("peername", [("127.0.0.1", 4711), ("::1", 4711, 0, 0)])
async def test_a_loopback_peer_is_let_in(peername: object) -> None:
    response = await OUTER(request_from(peername), let_in)
    assert response.status == 200


@pytest.mark.parametrize(
    "peername",
    [("192.0.2.7", 4711), ("2001:db8::1", 4711, 0, 0), "", "/run/unix.sock", None, (), b""],
)
async def test_any_other_is_told_what_to_do(peername: object) -> None:
    with pytest.raises(Problem) as caught:
        await OUTER(request_from(peername), let_in)
    assert caught.value.status == 403
    assert "curl http://localhost" in caught.value.detail


async def test_a_connection_that_has_gone_has_no_peer() -> None:
    request = make_mocked_request("GET", "/", protocol=Mock(transport=None, peername=None))
    assert peer_of(request) is None


async def test_a_refused_request_reaches_nobody(
    house: House, client: aiohttp.ClientSession
) -> None:
    headers = {"X-Forwarded-For": "127.0.0.1"}
    async with client.post("/internal/trigger", json=SLP, headers=headers) as response:
        assert response.status == 403
        problem = await response.json(content_type="application/problem+json")
    assert "x-forwarded-for" in problem["detail"]
    assert house.submitted == []


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8080"])
async def test_a_name_bent_to_this_machine_is_refused(
    client: aiohttp.ClientSession, host: str
) -> None:
    async with client.post("/internal/trigger", json=SLP, headers={"Host": host}) as response:
        assert response.status == 403


async def test_who_is_refused_is_not_told_what_exists(client: aiohttp.ClientSession) -> None:
    headers = {"Via": "1.1 proxy"}
    for path in ("/internal/trigger", "/nowhere"):
        async with client.get(path, headers=headers) as response:
            assert response.status == 403


async def test_the_probes_answer_whatever_the_host(client: aiohttp.ClientSession) -> None:
    async with client.get("/health", headers={"Host": "10.1.2.3:8080", "Via": "1"}) as response:
        assert response.status == 200


async def test_another_machine_sees_the_figures_and_nothing_else(house: House) -> None:
    address = outer_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    async with served(house, web_bind="0.0.0.0") as client:
        base = client._base_url
        assert base is not None
        outside = base.with_host(address)
        async with client.get(outside / "stats") as response:
            assert response.status == 200
        headers = {"Host": "localhost"}
        trigger = outside / "internal" / "trigger"
        async with client.post(trigger, json=SLP, headers=headers) as response:
            assert response.status == 403
            assert "another machine" in await response.text()
    assert house.submitted == []


def outer_address() -> str | None:
    """This machine's address on some network; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address
