"""A question about a learner who is another worker's: two servers, or one and a stranger."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request
from msgspec.structs import replace

from orchestrator.api_tokens import new_token
from orchestrator.core.levels import Level
from orchestrator.core.state import new_learner
from orchestrator.scope import Scope
from orchestrator.web.access.workers import HOP_HEADER, asked_for, on_behalf_of
from orchestrator.web.bodies import MAX_BODY
from orchestrator.web.caller import Caller
from orchestrator.web.relay import OWNER_HEADER
from tests.functional.web.house import PARTITION, House, served

STATE = "/learners/ana/state?tenant_id=school"
DRY_RUN = "/internal/trigger?dry_run=true"
TOKEN = "a-token-of-the-cluster"
EVENT = {
    "type": "BASELINE_COMPLETE",
    "tenant_id": "school",
    "learner_id": "ana",
    "data": {"overall_score": 0.8},
}


@pytest.fixture
def asked() -> House:
    """The worker that is asked, which does not have the learner."""
    house = House()
    house.elsewhere = True
    return house


@pytest.fixture
def owner() -> House:
    house = House()
    house.states["school", "ana"] = replace(new_learner(Level.EASY), last_event_at=0)
    return house


async def get(client: aiohttp.ClientSession, path: str = STATE) -> tuple[int, dict[str, Any], Any]:
    async with client.get(path) as response:
        return response.status, await response.json(content_type=None), response.headers


async def test_the_owner_answers_through_any_worker(asked: House, owner: House) -> None:
    asked.owner_url = owner.url
    async with served(asked) as client, served(owner) as direct:
        status, answer, headers = await get(client)
        assert (status, answer) == (await get(direct))[:2]
    assert (status, answer["level"]) == (200, "easy")
    assert headers["Content-Type"].startswith("application/json")
    assert headers[OWNER_HEADER] == str(PARTITION)


async def test_what_the_owner_does_not_know_is_unknown(asked: House, owner: House) -> None:
    asked.owner_url = owner.url
    owner.states = {}
    async with served(asked) as client, served(owner):
        status, problem, headers = await get(client)
    assert (status, problem["status"]) == (404, 404)
    assert headers["Content-Type"] == "application/problem+json"


async def test_a_dry_run_is_the_owners_too_with_all_that_was_filled_in(
    asked: House, owner: House
) -> None:
    asked.owner_url = owner.url
    async with (
        served(asked) as client,
        served(owner),
        client.post(DRY_RUN, json=EVENT) as response,
    ):
        assert response.status == 200
        answer = await response.json()
    assert answer["event_id"].startswith("trigger:")
    level, path = answer["actions_generated"]
    assert level["parameters"]["current_level"] == "easy"
    assert {level["event_id"], path["event_id"]} == {answer["event_id"]}
    assert level["created_at"] == "2026-03-04T12:00:00Z"
    assert asked.submitted == owner.submitted == []


@pytest.mark.parametrize(
    "more", ['"\\ud800"', "NaN", '"' + "日本" * 150_000 + '"', "[" * 900 + "]" * 900]
)
async def test_an_odd_body_is_passed_on_as_it_is(asked: House, owner: House, more: str) -> None:
    asked.owner_url = owner.url
    body = json.dumps(EVENT).replace('"data": {', f'"data": {{"more": {more}, ').encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    async with (
        served(asked) as client,
        served(owner) as direct,
        client.post(DRY_RUN, data=body, headers=headers) as response,
        direct.post(DRY_RUN, data=body, headers=headers) as expected,
    ):
        assert response.status == expected.status == 200
        assert (await response.json())["event_id"] == "k"


@pytest.mark.parametrize("depth", range(966, 982))
async def test_a_body_that_can_only_just_be_read_is_no_failure_of_ours(
    asked: House, owner: House, depth: int
) -> None:
    asked.owner_url = owner.url
    deep = "[" * depth + "]" * depth
    body = json.dumps(EVENT).replace('"data": {', f'"data": {{"more": {deep}, ').encode()
    async with served(asked) as client, served(owner):
        for headers in ({}, {"Idempotency-Key": "k"}):
            typed = {"Content-Type": "application/json"} | headers
            async with client.post(DRY_RUN, data=body, headers=typed) as response:
                assert response.status in {200, 400}


async def test_a_body_that_grows_too_large_on_the_way_is_too_large(
    asked: House, owner: House
) -> None:
    asked.owner_url = owner.url
    empty = json.dumps(EVENT | {"data": {"overall_score": 0.8, "more": ""}})
    body = empty.replace('"more": ""', f'"more": "{"x" * (MAX_BODY - len(empty))}"')
    headers = {"Content-Type": "application/json"}
    async with (
        served(asked) as client,
        served(owner),
        client.post(DRY_RUN, data=body, headers=headers) as response,
    ):
        assert response.status == 413


async def test_a_question_makes_one_hop_however_the_maps_point(asked: House) -> None:
    other = House()
    other.elsewhere = True
    asked.owner_url, other.owner_url = other.url, asked.url
    async with served(asked) as client, served(other):
        status, problem, headers = await get(client)
    assert (status, headers["Retry-After"]) == (503, "2")
    assert "another worker" in problem["detail"]


@pytest.mark.parametrize("known", [False, True])
async def test_during_a_rebalance_a_caller_is_told_when_to_come_back(
    asked: House, known: bool
) -> None:
    asked.owner_url = asked.url if known else None
    async with served(asked) as client:
        status, problem, headers = await get(client)
    assert (status, headers["Retry-After"]) == (503, "2")
    assert "CLUSTER_TOKEN" in problem["detail"]


async def test_an_owner_that_is_gone_is_said_to_be(asked: House) -> None:
    asked.owner_url = House().url
    async with served(asked) as client:
        status, problem, headers = await get(client)
    assert (status, headers["Retry-After"]) == (503, "2")
    assert asked.owner_url in problem["detail"]


@pytest.mark.parametrize("url", ["http://192.0.2.7:8080", "http://worker-2:8080"])
async def test_without_a_token_no_other_machine_is_asked(asked: House, url: str) -> None:
    asked.owner_url = url
    async with served(asked) as client:
        status, problem, headers = await get(client)
    assert status == 503
    assert "set the same CLUSTER_TOKEN" in problem["detail"]
    assert "Retry-After" not in headers


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def stranger(answer: Answer) -> AsyncIterator[str]:
    """A server that is no worker; yields its URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


def always(status: int, **headers: str) -> Answer:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"level": "wrong"}, status=status, headers=headers)

    return answer


@pytest.mark.parametrize("status", [200, 204, 404, 500])
async def test_whoever_is_no_owner_is_not_believed(asked: House, status: int) -> None:
    async with stranger(always(status)) as url, served(asked) as client:
        asked.owner_url = url
        got, problem, headers = await get(client)
    assert (got, headers["Retry-After"]) == (503, "2")
    assert f"answered {status}" in problem["detail"]


async def test_a_redirect_is_not_followed(asked: House) -> None:
    moved = always(302, Location="http://192.0.2.7/", **{OWNER_HEADER: "3"})
    async with stranger(moved) as url, served(asked) as client:
        asked.owner_url = url
        got, problem, _ = await get(client)
    assert got == 503
    assert "answered 302" in problem["detail"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_worker_that_knows_another_token_is_told_of_with_the_remedy(
    asked: House, status: int
) -> None:
    async with stranger(always(status)) as url, served(asked) as client:
        asked.owner_url = url
        got, problem, _ = await get(client)
    assert got == 503
    assert "set the same CLUSTER_TOKEN" in problem["detail"]


async def test_an_owner_that_does_not_answer_is_not_waited_for(asked: House) -> None:
    forever = asyncio.Event()

    async def silent(_request: web.Request) -> web.StreamResponse:
        await forever.wait()
        return web.Response()

    asked.answer_within = 0.2
    async with stranger(silent) as url, served(asked) as client:
        asked.owner_url = url
        got, _, headers = await get(client)
        forever.set()
    assert (got, headers["Retry-After"]) == (503, "2")


async def test_the_owners_word_that_it_is_busy_is_passed_on(asked: House, owner: House) -> None:
    owner.elsewhere = True
    asked.owner_url = owner.url
    async with served(asked) as client, served(owner):
        status, problem, headers = await get(client)
    assert (status, problem["status"], headers["Retry-After"]) == (503, 503, "2")


async def test_the_token_goes_with_the_question_and_nothing_of_the_clients(asked: House) -> None:
    seen: list[Any] = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request.headers)
        return web.json_response({}, headers={OWNER_HEADER: "3"})

    asked.cluster_token = TOKEN
    async with stranger(note) as url, served(asked) as client:
        asked.owner_url = url
        mine = {"Authorization": "Bearer mine", "Cookie": "a=b", "X-Mine": "1"}
        async with client.get(STATE, headers=mine) as response:
            assert response.status == 200
    (headers,) = seen
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers[HOP_HEADER] == "local"
    assert "Cookie" not in headers
    assert "X-Mine" not in headers


async def test_what_a_caller_may_see_holds_at_the_owner_too(asked: House, owner: House) -> None:
    secrets = {}
    for tenant in ("school", "other"):
        secrets[tenant], token = new_token(f"of-{tenant}", [Scope.READ, Scope.TRIGGER], tenant)
        asked.api_tokens += (token,)
    asked.cluster_token = owner.cluster_token = TOKEN
    owner.api_tokens = asked.api_tokens
    asked.owner_url = owner.url
    async with served(asked) as client, served(owner) as direct:
        for tenant, status in (("school", 200), ("other", 404)):
            mine = {"Authorization": f"Bearer {secrets[tenant]}"}
            passed = {"Authorization": f"Bearer {TOKEN}", HOP_HEADER: f"of-{tenant}:{tenant}"}
            for to, headers in ((client, mine), (direct, mine), (direct, passed)):
                async with to.get(STATE, headers=headers) as response:
                    assert response.status == status
                async with to.post(DRY_RUN, json=EVENT, headers=headers) as response:
                    assert response.status == status


async def test_with_tokens_workers_need_one_of_their_own_also_on_one_machine(
    asked: House, owner: House
) -> None:
    secret, token = new_token("page", [Scope.READ], None)
    asked.api_tokens = owner.api_tokens = (token,)
    asked.owner_url = owner.url
    mine = {"Authorization": f"Bearer {secret}"}
    async with (
        served(asked) as client,
        served(owner),
        client.get(STATE, headers=mine) as response,
    ):
        assert response.status == 503
        assert "set the same CLUSTER_TOKEN" in (await response.json(content_type=None))["detail"]


@pytest.mark.parametrize("hop", ["a%20b", "ada:sch%C3%B6ol%3A7%2C", "-:"])
async def test_the_name_and_tenant_of_a_caller_survive_the_way(hop: str) -> None:
    request = make_mocked_request("GET", "/", headers={HOP_HEADER: hop})
    caller = asked_for(request)
    assert caller is not None
    assert on_behalf_of(caller) == hop
    bound = Caller("lms", frozenset(), "schöol:7,")
    headers = {HOP_HEADER: on_behalf_of(bound)}
    passed_on = asked_for(make_mocked_request("GET", "/", headers=headers))
    assert passed_on is not None
    assert (passed_on.name, passed_on.tenant) == ("lms", "schöol:7,")
