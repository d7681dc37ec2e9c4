"""The server itself: nothing open but our routes, every error a problem, the hostile bounded."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Mapping
from typing import ClassVar
from unittest.mock import Mock

import aiohttp
import faust
import pytest
from aiohttp.test_utils import make_mocked_request

from orchestrator.stream.app import StreamApp
from orchestrator.web import bodies
from orchestrator.web.access.rules import Rules
from orchestrator.web.problems import HEADERS, Problem
from orchestrator.web.server import DRAIN_SECONDS, Web
from tests.functional.web.house import House, free_port, mounted, served

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "path",
    [
        "/stats/",
        "/router/",
        "/router",
        "/table/",
        "/table",
        "/graph/",
        "/assignment/",
        "/performance/",
    ],
)
async def test_fausts_own_pages_are_not_there(house: House, path: str) -> None:
    every_page = {
        "web_stats_enabled": True,
        "web_graph_enabled": True,
        "web_router_enabled": True,
        "web_tables_enabled": True,
        "web_metrics_enabled": True,
    }
    async with served(house, debug=True, **every_page) as client, client.get(path) as response:
        assert response.status == 404
        problem = await response.json(content_type="application/problem+json")
    assert problem["status"] == 404
    assert problem["title"] == "Not Found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/health", {"GET", "HEAD"}),
        ("DELETE", "/stats", {"GET", "HEAD"}),
        ("GET", "/internal/trigger", {"POST"}),
        ("HEAD", "/internal/trigger", {"POST"}),
        ("OPTIONS", "/internal/trigger", {"POST"}),
        ("PROPFIND", "/metrics", {"GET", "HEAD"}),
    ],
)
async def test_another_method_is_refused_with_those_that_would_do(
    client: aiohttp.ClientSession, method: str, path: str, allowed: set[str]
) -> None:
    async with client.request(method, path) as response:
        assert response.status == 405
        assert set(response.headers["Allow"].split(",")) == allowed
        assert response.content_type == "application/problem+json"


async def test_an_expectation_that_is_not_met_is_a_problem(client: aiohttp.ClientSession) -> None:
    async with client.get("/health", headers={"Expect": "tea"}) as response:
        assert response.status == 417
        assert response.content_type == "application/problem+json"
        assert response.headers["Cache-Control"] == "no-store"
        assert (await response.json(content_type=None))["title"] == "Expectation Failed"


async def test_who_asks_for_a_websocket_gets_an_ordinary_answer(
    client: aiohttp.ClientSession,
) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    async with client.get("/nowhere", headers=upgrade) as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"


async def test_an_error_of_ours_is_a_problem_that_gives_nothing_away(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.fault = RuntimeError("password hunter2")
    body = {"type": "SLP_UPDATED", "tenant_id": "t", "learner_id": "l", "data": {}}
    async with client.post("/internal/trigger", json=body) as response:
        assert response.status == 500
        text = await response.text()
    assert "hunter2" not in text
    assert '"status": 500' in text


@pytest.mark.parametrize("path", ["/health", "/nowhere"])
async def test_every_answer_forbids_caches_and_sniffing(
    client: aiohttp.ClientSession, path: str
) -> None:
    async with client.get(path) as response:
        for name, value in HEADERS.items():
            assert response.headers[name] == value


async def test_no_other_site_is_let_in_by_cors(client: aiohttp.ClientSession) -> None:
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    async with client.options("/internal/trigger", headers=headers) as response:
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


async def test_a_body_over_the_limit_is_refused_by_its_length(
    house: House, client: aiohttp.ClientSession
) -> None:
    body = b" " * (bodies.MAX_BODY + 1)
    async with client.post("/internal/trigger", data=body, headers=JSON) as response:
        assert response.status == 413
        assert response.content_type == "application/problem+json"
    assert house.submitted == []


async def test_a_body_at_the_limit_is_read(client: aiohttp.ClientSession) -> None:
    body = b"[]".ljust(bodies.MAX_BODY)
    async with client.post("/internal/trigger", data=body, headers=JSON) as response:
        assert response.status == 422


async def test_a_chunked_body_is_counted_while_it_comes(client: aiohttp.ClientSession) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    async with client.post("/internal/trigger", data=chunks(), headers=JSON) as response:
        assert response.status == 413


async def test_a_compressed_body_is_counted_as_what_it_holds(
    client: aiohttp.ClientSession,
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    headers = JSON | {"Content-Encoding": "gzip"}
    async with client.post("/internal/trigger", data=bomb, headers=headers) as response:
        assert response.status == 413


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Encoding: gzip\r\nContent-Length: 5\r\n", b"hello"),
        (b"Content-Encoding: deflate\r\nContent-Length: 5\r\n", b"hello"),
        (b"Transfer-Encoding: chunked\r\n", b"zz\r\nhello\r\n"),
    ],
)
async def test_a_body_that_is_not_what_its_headers_say_is_refused(
    client: aiohttp.ClientSession, headers: bytes, body: bytes
) -> None:
    lines = (
        b"POST /internal/trigger HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    )
    answer = await say(client, lines + headers + b"\r\n" + body)
    assert b" 400 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 10_000 + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
        b"nonsense\r\n\r\n",
        b"BREW /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
async def test_a_request_out_of_bounds_is_refused_and_the_server_lives_on(
    client: aiohttp.ClientSession, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await say(client, request_bytes)
    assert b" 400 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer
    assert b"aaa" not in answer
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    async with client.get("/health") as response:
        assert response.status == 200


async def test_two_hosts_are_none(client: aiohttp.ClientSession) -> None:
    lines = b"POST /internal/trigger HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
    answer = await say(client, lines)
    assert answer.split(b" ")[1] in {b"400", b"403"}


async def test_the_server_stops_in_time_though_a_decision_never_comes(house: House) -> None:
    loop = asyncio.get_running_loop()
    house.stuck = True
    body = {"type": "SLP_UPDATED", "tenant_id": "t", "learner_id": "l", "data": {}}
    async with served(house) as client:
        asking = asyncio.ensure_future(client.post("/internal/trigger", json=body))
        async with asyncio.timeout(10):
            await house.asked.wait()
        began = loop.time()
    assert loop.time() - began < 2 * DRAIN_SECONDS + 2
    with pytest.raises(aiohttp.ClientError):
        await asking


async def test_the_server_stops_in_time_though_a_body_never_comes(house: House) -> None:
    loop = asyncio.get_running_loop()
    async with served(house) as client:
        reader, writer = await connected(client)
        writer.write(b"POST /internal/trigger HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n")
        writer.write(b"Content-Type: application/json\r\n\r\n{")
        await writer.drain()
        began = loop.time()
    assert loop.time() - began < 2 * DRAIN_SECONDS + 2
    writer.close()
    await reader.read()


async def say(client: aiohttp.ClientSession, raw: bytes) -> bytes:
    """Send bytes as they are, and read the answer's head."""
    reader, writer = await connected(client)
    writer.write(raw)
    async with asyncio.timeout(10):
        head = await reader.read(4096)
    writer.close()
    return head


async def connected(
    client: aiohttp.ClientSession,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    base = client._base_url
    assert base is not None
    return await asyncio.open_connection(base.host, base.port)


class Impatient(Web):
    """Our server, for which a tenth of a second is a long time."""

    limits: ClassVar[Mapping[str, float]] = {**Web.limits, "keepalive_timeout": 0.1}


@pytest.mark.parametrize(
    "beginning", [b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nX-A: b\r\n"]
)
async def test_headers_that_do_not_come_end_the_connection(beginning: bytes) -> None:
    port = free_port()
    app = faust.App(
        "slow", env={}, broker="kafka://127.0.0.1:1", web_bind="127.0.0.1", web_port=port
    )
    server = Impatient(app, Rules())
    await server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(beginning)
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
    finally:
        await server.stop()


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    protocol = Mock(_reading_paused=False)
    never = aiohttp.StreamReader(protocol, 2**16, loop=asyncio.get_running_loop())
    request = make_mocked_request("POST", "/", headers=JSON, payload=never)
    with pytest.raises(Problem) as caught:
        await bodies.json_object(request, within=0.01)
    assert caught.value.status == 408


def test_the_server_is_up_before_the_tables_are_restored(house: House) -> None:
    app = StreamApp("order", bootstrap_servers=["127.0.0.1:1"])
    server = mounted(app, house)
    services = list(app.boot_strategy.server())
    assert app.web is server
    assert services.index(server) < services.index(app.consumer) < services.index(app.tables)
