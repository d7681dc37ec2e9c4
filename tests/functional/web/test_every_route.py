"""Every route, asked by all kinds of callers, from this machine and from another.

A route that is mounted and is not in the table fails the first test.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import faust
import pytest
from msgspec.structs import replace
from yarl import URL

from orchestrator.api_tokens import new_token
from orchestrator.core.levels import Level
from orchestrator.core.state import new_learner
from orchestrator.history.rows import TenantFigures
from orchestrator.scope import Scope
from tests.functional.web.house import House, mounted, served
from tests.functional.web.test_access import outer_address
from tests.functional.web.test_dead_letters import letters

ADA = "/learners/ada{}?tenant_id=school"
EVENT = {"type": "SLP_UPDATED", "tenant_id": "school", "learner_id": "ada", "data": {}}


class Ask(NamedTuple):
    """A question that is well asked, and what is expected of it.

    `needs`: the scope, None where everybody may ask while tokens are set. `answers`: the status
    for who may ask. `bound`: the status for a token with the scope and another tenant. `anywhere`:
    other machines may ask while no tokens are set.
    """

    path: str
    needs: Scope | None
    answers: int = 200
    bound: int = 404
    body: Mapping[str, Any] | None = None
    anywhere: bool = False


PROBE = Ask("/health", None, anywhere=True)

TABLE: Mapping[tuple[str, str], Ask] = {
    ("GET", "/"): Ask("/", None),
    ("GET", "/docs"): Ask("/docs", None),
    ("GET", "/openapi.json"): Ask("/openapi.json", None),
    ("GET", "/health"): PROBE,
    ("GET", "/health/live"): PROBE._replace(path="/health/live"),
    ("GET", "/health/ready"): PROBE._replace(path="/health/ready"),
    ("GET", "/metrics"): PROBE._replace(path="/metrics"),
    ("GET", "/stats"): Ask("/stats", Scope.READ, bound=200, anywhere=True),
    ("GET", "/overview"): Ask("/overview", Scope.READ, bound=403),
    ("GET", "/ledger"): Ask("/ledger", Scope.READ, answers=503, bound=403),
    ("GET", "/learners/{learner_id}/state"): Ask(ADA.format("/state"), Scope.READ),
    ("GET", "/learners/{learner_id}/why"): Ask(ADA.format("/why"), Scope.READ),
    ("DELETE", "/learners/{learner_id}"): Ask(ADA.format(""), Scope.ADMIN),
    ("POST", "/internal/trigger"): Ask("/internal/trigger", Scope.TRIGGER, body=EVENT),
    ("GET", "/events"): Ask("/events?tenant_id=school", Scope.READ),
    ("GET", "/actions"): Ask("/actions?tenant_id=school", Scope.READ),
    ("GET", "/dead-letters"): Ask("/dead-letters?tenant_id=school", Scope.ADMIN),
    # Whose letter it is, only its source can tell; see the tests of the dead letters.
    ("POST", "/dead-letters/{id}/replay"): Ask("/dead-letters/0-1/replay", Scope.ADMIN, bound=200),
}

NO_FIGURES = TenantFigures({}, 0, {}, {}, 0, 0, None)
DRY_RUN = TABLE["POST", "/internal/trigger"]._replace(path="/internal/trigger?dry_run=true")
ASKED = [*((method, ask) for (method, _), ask in TABLE.items()), ("POST", DRY_RUN)]

FOREIGN: list[dict[str, str]] = [
    {"Host": "evil.example"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1 proxy"},
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
]
"""What a browser on another site, or a proxy, adds."""

ISSUED = {
    scope: (new_token(f"may-{scope}", [scope], None), new_token(f"bound-{scope}", [scope], "other"))
    for scope in Scope
}
OWN = new_token("own", list(Scope), "school")
TOKENS = (*(token for pair in ISSUED.values() for _, token in pair), OWN[1])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def free_of(scope: Scope) -> dict[str, str]:
    """The header of a token with this scope alone, bound to no tenant."""
    return bearer(ISSUED[scope][0][0])


def bound_of(scope: Scope) -> dict[str, str]:
    """The same, bound to another tenant than is asked about."""
    return bearer(ISSUED[scope][1][0])


@pytest.fixture
def house() -> House:
    house = House()
    house.states["school", "ada"] = replace(new_learner(Level.EASY), last_event_at=0)
    house.letters.listed = letters(2)
    house.history.of_tenants = dict.fromkeys(("school", "other"), NO_FIGURES)
    return house


class Peer:
    """A client of the house's, on this machine or on another as far as the house can tell."""

    def __init__(self, client: aiohttp.ClientSession, base: URL) -> None:
        self._client = client
        self._base = base

    async def ask(self, method: str, ask: Ask, headers: Mapping[str, str]) -> tuple[int, Any]:
        """The status, and the headers of the answer."""
        url = self._base.join(URL(ask.path))
        async with self._client.request(method, url, json=ask.body, headers=headers) as response:
            await response.read()
            return response.status, response.headers


@asynccontextmanager
async def peers(house: House) -> AsyncIterator[tuple[Peer, Peer]]:
    """This machine, and another one."""
    address = outer_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    async with served(house, web_bind="0.0.0.0") as client:
        here = URL(house.url)
        yield Peer(client, here), Peer(client, here.with_host(address))


def test_the_table_has_every_route_that_is_mounted() -> None:
    server = mounted(faust.App("test", env={}, broker="kafka://127.0.0.1:1"), House())
    routes = {
        (route.method, route.resource.canonical)
        for route in server.web_app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert routes == set(TABLE)


@pytest.mark.parametrize(("method", "ask"), ASKED)
async def test_while_no_tokens_are_set_this_machine_alone_may_ask(
    house: House, method: str, ask: Ask
) -> None:
    elsewhere = ask.answers if ask.anywhere else 403
    async with peers(house) as (here, other):
        assert (await here.ask(method, ask, {}))[0] == ask.answers
        assert (await here.ask(method, ask, bearer("any")))[0] == ask.answers
        assert (await other.ask(method, ask, {}))[0] == elsewhere
        assert (await other.ask(method, ask, {"Host": "localhost"}))[0] == elsewhere
        for headers in FOREIGN:
            assert (await here.ask(method, ask, headers))[0] == elsewhere, headers


@pytest.mark.parametrize(("method", "ask"), ASKED)
async def test_while_tokens_are_set_none_or_a_wrong_one_opens_nothing_wherever_it_comes_from(
    house: House, method: str, ask: Ask
) -> None:
    house.api_tokens = TOKENS
    refused = ask.answers if ask.needs is None else 401
    secret = ISSUED[Scope.READ][0][0]
    wrong = [{}, bearer(""), bearer(secret[:-1]), {"Authorization": f"Basic {secret}"}]
    wrong += [{"Authorization": secret}, bearer(TOKENS[0].digest.hex())]
    async with peers(house) as each:
        for peer in each:
            for headers in (*wrong, {"Host": "localhost"}):
                status, answered = await peer.ask(method, ask, headers)
                assert status == refused, headers
                assert answered.get("WWW-Authenticate", "").startswith("Bearer") == (status == 401)
                if method == "GET":
                    assert (await peer.ask("HEAD", ask, headers))[0] == refused, headers
    assert house.submitted == []
    assert house.letters.tried == []


async def test_two_tokens_are_none(house: House) -> None:
    house.api_tokens = TOKENS
    both = [("Authorization", f"Bearer {OWN[0]}"), ("Authorization", f"Bearer {OWN[0]}")]
    async with served(house) as client, client.get("/stats", headers=both) as response:
        assert response.status == 401


@pytest.mark.parametrize(("method", "ask"), ASKED)
async def test_a_token_opens_what_its_scope_says_wherever_it_comes_from(
    house: House, method: str, ask: Ask
) -> None:
    house.api_tokens = TOKENS
    async with peers(house) as each:
        for peer in each:
            for scope in Scope:
                may = ask.needs in {None, scope}
                for headers in ({}, *FOREIGN):
                    status, _ = await peer.ask(method, ask, free_of(scope) | headers)
                    assert status == (ask.answers if may else 403), (scope, headers)


@pytest.mark.parametrize(("method", "ask"), ASKED)
async def test_a_token_that_is_bound_to_a_tenant_sees_no_other(
    house: House, method: str, ask: Ask
) -> None:
    house.api_tokens = TOKENS
    async with peers(house) as each:
        for peer in each:
            for scope in Scope:
                expected = {None: ask.answers, scope: ask.bound}.get(ask.needs, 403)
                assert (await peer.ask(method, ask, bound_of(scope)))[0] == expected, scope
            own = ask.bound if ask.bound == 403 else ask.answers
            assert (await peer.ask(method, ask, bearer(OWN[0])))[0] == own
    if ask.bound == 404:
        assert {event.tenant_id for event in house.submitted} <= {"school"}


@pytest.mark.parametrize("path", ["/nowhere", "/learners/ada", "/health/other", "/stats/"])
async def test_who_has_no_token_is_not_told_what_exists(house: House, path: str) -> None:
    house.api_tokens = TOKENS
    nothing = Ask(path, None)
    async with peers(house) as (_, other):
        assert (await other.ask("GET", nothing, {}))[0] == 401
        assert (await other.ask("GET", nothing, free_of(Scope.READ)))[0] in {404, 405}
