"""A worker's log and its open pages name no learner, on a good day and on a bad one."""

import asyncio
import contextlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from orchestrator.api_tokens import new_token
from orchestrator.core.refusals import Refusal
from orchestrator.scope import Scope
from orchestrator.web.access.workers import HOP_HEADER
from tests.product.bad_entries import BAD
from tests.product.envelopes import Entry
from tests.product.house import House, school
from tests.product.letters import put
from tests.product.levels import TENANT, assessment
from tests.product.outage import alert
from tests.waiting import eventually

NAME = "zqxw"
"""Part of every learner's id, and of nothing else."""

ADA, BEN, EVE = (f"{NAME}-{name}" for name in ("ada", "ben", "eve"))
AUDIT_KEY = "a-key-for-the-audit-log"
SECRET, TOKEN = new_token("operator", list(Scope), None)
OPEN = ("/health", "/health/live", "/health/ready", "/metrics")
FIGURES = ("/stats", "/overview", "/ledger")
FAILURES = 8
FLOOD = 150


@contextlib.asynccontextmanager
async def gossip() -> AsyncIterator[str]:
    """A learner-svc that quotes what it was asked: it fails at first, then refuses BEN alone."""
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        said = f"of {request.path}: {await request.text()}"
        if asked <= FAILURES:
            return web.Response(status=503, text=f"no database {said}")
        return web.Response(status=422 if BEN in request.path else 200, text=f"well, {said}")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@contextlib.asynccontextmanager
async def parrot() -> AsyncIterator[str]:
    """A notification-svc whose answers are what it was asked, which is no HTTP answer."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write((await reader.read(65536)).removeprefix(b"POST "))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class Day:
    """A worker's day: what is done to it, and all that it shows to everybody."""

    def __init__(self, house: House, client: aiohttp.ClientSession) -> None:
        self._house = house
        self._client = client
        self.shown = ""

    async def figures(self) -> dict[str, Any]:
        async with self._client.get("/stats") as response:
            found: dict[str, Any] = await response.json()
            return found

    async def reaches(self, **least: int) -> None:
        """Wait until the figures are at least these."""

        async def there() -> bool:
            figures = await self.figures()
            return all(figures[name] >= count for name, count in least.items())

        await eventually(there, within=60)

    async def look_around(self) -> None:
        """Note what is shown without a learner's id having been asked for."""
        for path in (*OPEN, *FIGURES):
            async with self._client.get(path) as response:
                assert response.status in {200, 503}
                self.shown += await response.text()

    async def ask(self, method: str, path: str, **how: Any) -> tuple[int, Any]:
        async with self._client.request(method, path, **how) as response:
            return response.status, await response.json(content_type=None)

    async def lessons(self) -> None:
        """All kinds of events, and what they call for."""
        entries = school(60, 12, seed=3)
        await self._house.add([(stream, renamed(event)) for stream, event in entries])
        await self._house.add([assessment(1, 0.95, who) for who in (ADA, BEN, EVE)])
        await self._house.add([alert(ADA)])

    async def rubbish(self) -> None:
        """What is no event, written by whoever knows a learner."""
        await put(self._house, [("aivo.events.sel", named(entry)) for entry, _ in BAD])


def renamed(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event, about a learner whose name is looked for."""
    return {**event, "learner_id": f"{NAME}-{event['learner_id']}"}


def named(entry: Entry) -> Entry:
    """The entry, about a learner whose name is looked for."""
    return {name: _named(value) for name, value in entry.items()}


def _named(value: str | bytes) -> str | bytes:
    if isinstance(value, bytes):
        return value.replace(b"l-1", ADA.encode())
    return value.replace("l-1", ADA)


async def curiosity(day: Day) -> None:
    """All that can be asked about a learner, well and badly."""
    ada = f"/learners/{ADA}"
    body = {"type": "ASSESSMENT_COMPLETE", "tenant_id": TENANT, "learner_id": ADA}
    event = {**body, "data": {"score": 0.5}}
    key = {"Idempotency-Key": f"key-of-{ADA}"}
    assert (await day.ask("GET", f"{ada}/state?tenant_id={TENANT}"))[0] == 200
    assert (await day.ask("GET", f"{ada}/why?tenant_id={TENANT}"))[0] == 200
    assert (await day.ask("GET", f"/events?learner_id={ADA}"))[0] == 200
    assert (await day.ask("GET", f"/actions?tenant_id={TENANT}&learner_id={ADA}"))[0] == 200
    assert (await day.ask("POST", "/internal/trigger?dry_run=true", json=event))[0] == 200
    assert (await day.ask("POST", "/internal/trigger", json=event, headers=key))[0] == 200
    assert (await day.ask("POST", "/internal/trigger", json=body, headers=key))[0] == 422
    assert (await day.ask("GET", f"{ada}/state?learner={ADA}"))[0] == 422
    assert (await day.ask("GET", f"{ada}/nothing"))[0] == 404
    assert (await day.ask("PUT", ada))[0] == 405
    wrong = {"Authorization": f"Bearer {ADA}", HOP_HEADER: ADA}
    assert (await day.ask("GET", f"{ada}/state?tenant_id={TENANT}", headers=wrong))[0] == 401
    status, page = await day.ask("GET", f"/dead-letters?reason={Refusal.REJECTED}")
    assert status == 200
    letter = page["dead_letters"][0]["id"]
    assert (await day.ask("POST", f"/dead-letters/{letter}/replay"))[0] in {200, 409}
    assert (await day.ask("DELETE", f"{ada}?tenant_id={TENANT}"))[0] == 200


async def test_no_learner_is_named_by_the_log_or_an_open_page(tmp_path: Path) -> None:
    settings = {
        "API_TOKENS": TOKEN.entry(),
        "AUDIT_KEY": AUDIT_KEY,
        "FLOOD_RUN": str(FLOOD),
        "FLOOD_SHARE": "1",
    }
    async with House(tmp_path, settings) as house, gossip() as learners, parrot() as notices:
        worker = house.new_worker(LEARNER_SVC_URL=learners, NOTIFICATION_SVC_URL=notices)
        worker.start()
        headers = {"Authorization": f"Bearer {SECRET}"}
        async with aiohttp.ClientSession(worker.url, headers=headers) as client:
            day = Day(house, client)
            await day.lessons()
            await day.reaches(total_events_processed=60)
            await day.look_around()
            await day.rubbish()
            await day.reaches(dead_letters=len(BAD), actions_delivered=2, actions_rejected=1)
            await day.look_around()
            await curiosity(day)
            await day.look_around()
        await put(house, [("aivo.events.slp", {"data": f"{{{ADA}"})] * FLOOD)
        await eventually(lambda: not worker.is_running, within=30)
        log = worker.log.read_text()

    assert NAME not in day.shown
    assert [line for line in log.splitlines() if NAME in line] == []
    assert SECRET not in log
    assert TOKEN.digest.hex() not in log
    lines = [json.loads(line) for line in log.splitlines()]
    told = {line["event"] for line in lines}
    assert {"breaker", "access", "a wrong token"} <= told
    assert any("looks like a faulty deployment" in event for event in told)
    assert "garbled" in day.shown
    hashes = [line["learner"] for line in lines if line["event"] == "access" and line["learner"]]
    ada = hmac.new(AUDIT_KEY.encode(), f"{TENANT}/{ADA}".encode(), sha256).hexdigest()
    assert hashes.count(ada) >= 6
