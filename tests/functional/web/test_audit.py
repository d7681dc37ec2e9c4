"""The audit log: who has done what, and whose data was looked at, without a learner's name."""

import hmac
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from orchestrator.api_tokens import new_token
from orchestrator.core.levels import Level
from orchestrator.core.state import new_learner
from orchestrator.scope import Scope
from orchestrator.web.access.audit import learner_hash
from orchestrator.web.access.workers import HOP_HEADER
from tests.functional.web.house import AUDIT_KEY, House, served
from tests.functional.web.test_dead_letters import letters

SECRET, PAGE = new_token("page", [Scope.READ], None)
BOUND_SECRET, BOUND = new_token("school-page", [Scope.READ, Scope.TRIGGER], "school")
MASTER_SECRET, MASTER = new_token("master", [Scope.ADMIN, Scope.TRIGGER], None)
CLUSTER_TOKEN = "a-token-of-the-cluster"
STATE = "/learners/ada/state?tenant_id=school"
EVENT = {"type": "SLP_UPDATED", "tenant_id": "school", "learner_id": "ada", "data": {}}
SECRETS = {"page": SECRET, "school-page": BOUND_SECRET, "master": MASTER_SECRET}
ERASED = "/learners/ada?tenant_id=school"
TRIGGER = "/internal/trigger"


def hash_of(key: bytes) -> str:
    return hmac.new(AUDIT_KEY.encode(), key, sha256).hexdigest()


ADA, OTHER_ADA, NOBODYS_ADA = (hash_of(key) for key in (b"school/ada", b"other/ada", b"/ada"))


def by(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def house() -> House:
    house = House()
    house.api_tokens = (PAGE, BOUND, MASTER)
    house.cluster_token = CLUSTER_TOKEN
    house.states["school", "ada"] = replace(new_learner(Level.EASY), last_event_at=0)
    house.letters.listed = letters(2)
    return house


@pytest.fixture
async def client(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(house) as session:
        yield session


async def written(
    client: aiohttp.ClientSession, method: str, path: str, **how: Any
) -> list[dict[str, Any]]:
    """The lines about one request."""
    with capture_logs() as lines:
        async with client.request(method, path, **how):
            pass
    return [dict(line) for line in lines]


async def test_a_look_at_a_learner_is_written_down(client: aiohttp.ClientSession) -> None:
    assert await written(client, "GET", STATE, headers=by(SECRET)) == [
        {
            "event": "access",
            "log_level": "info",
            "caller": "page",
            "via_worker": False,
            "method": "GET",
            "route": "/learners/{learner_id}/state",
            "dry_run": False,
            "status": 200,
            "tenant": "school",
            "learner": ADA,
        }
    ]


@pytest.mark.parametrize(
    ("asked", "who", "status", "tenant", "learner"),
    [
        (f"POST {TRIGGER}", "master", 200, "school", ADA),
        (f"POST {TRIGGER}", "page", 403, None, None),
        (f"POST {TRIGGER}?dry_run=true", "master", 200, "school", ADA),
        (f"DELETE {ERASED}", "master", 200, "school", ADA),
        (f"DELETE {ERASED}", "page", 403, "school", ADA),
        (f"GET {STATE}", "school-page", 200, "school", ADA),
        (f"GET {STATE}".replace("=school", "=other"), "school-page", 404, "other", OTHER_ADA),
        ("GET /learners/ada/state?tenant_id=", "page", 422, None, NOBODYS_ADA),
        ("GET /events?tenant_id=school&learner_id=ada", "page", 200, "school", ADA),
        ("GET /actions?learner_id=ada", "school-page", 200, "school", ADA),
        ("GET /actions?learner_id=ada", "page", 200, None, NOBODYS_ADA),
        ("GET /events?id=event-1", "page", 200, None, None),
        ("GET /dead-letters", "master", 200, None, None),
        ("POST /dead-letters/0-1/replay", "master", 200, None, None),
        ("POST /dead-letters/0-1/replay", "page", 403, None, None),
    ],
)
async def test_what_changes_something_or_is_an_admins_is_written_down_with_its_end(
    client: aiohttp.ClientSession,
    asked: str,
    who: str,
    status: int,
    tenant: str | None,
    learner: str | None,
) -> None:
    method, path = asked.split()
    body = {"json": EVENT} if "trigger" in path else {}
    (line,) = await written(client, method, path, headers=by(SECRETS[who]), **body)
    assert (line["caller"], line["method"], line["status"]) == (who, method, status)
    assert (line["tenant"] or None, line["learner"]) == (tenant, learner)
    assert line["dry_run"] is ("dry_run" in path)


async def test_an_event_of_another_tenant_is_written_down_as_it_was_asked(
    client: aiohttp.ClientSession,
) -> None:
    other = EVENT | {"tenant_id": "other"}
    headers = by(BOUND_SECRET)
    (line,) = await written(client, "POST", "/internal/trigger", headers=headers, json=other)
    assert (line["status"], line["tenant"]) == (404, "other")


async def test_a_failure_of_ours_is_written_down_too(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.fault = RuntimeError("broken")
    headers = by(MASTER_SECRET)
    lines = await written(client, "POST", "/internal/trigger", headers=headers, json=EVENT)
    (line,) = [line for line in lines if line["event"] == "access"]
    assert (line["status"], line["learner"]) == (500, ADA)


async def test_what_is_about_no_learner_is_not_written_down(client: aiohttp.ClientSession) -> None:
    for path in (
        "/",
        "/health",
        "/metrics",
        "/stats",
        "/overview",
        "/ledger",
        "/events",
        "/nowhere",
    ):
        assert await written(client, "GET", path, headers=by(SECRET)) == []
    assert await written(client, "GET", STATE) == []


async def test_a_wrong_token_is_written_down_and_not_what_it_was(
    client: aiohttp.ClientSession,
) -> None:
    (line,) = await written(client, "GET", STATE, headers=by("aivo_wrong"))
    assert (line["event"], line["peer"]) == ("a wrong token", "127.0.0.1")
    assert line["route"] == "/learners/{learner_id}/state"
    assert "aivo_wrong" not in str(line)


async def test_who_asks_through_another_worker_is_called_by_the_own_name(
    client: aiohttp.ClientSession,
) -> None:
    headers = by(CLUSTER_TOKEN) | {HOP_HEADER: "school-page:school"}
    (line,) = await written(client, "GET", STATE, headers=headers)
    assert (line["caller"], line["via_worker"], line["status"]) == ("school-page", True, 200)


async def test_no_line_names_a_learner_or_shows_a_token(client: aiohttp.ClientSession) -> None:
    lines = await written(client, "GET", STATE, headers=by(SECRET))
    lines += await written(
        client, "POST", "/internal/trigger", headers=by(MASTER_SECRET), json=EVENT
    )
    text = str(lines)
    assert "ada" not in text
    for secret, token in ((SECRET, PAGE), (MASTER_SECRET, MASTER)):
        assert secret not in text
        assert token.digest.hex() not in text


def test_the_hash_is_of_the_learner_within_the_tenant() -> None:
    key = AUDIT_KEY.encode()
    assert learner_hash(key, "school", "ada") == ADA
    assert len({ADA, learner_hash(key, "ada", "school"), learner_hash(b"k", "school", "ada")}) == 3
    assert learner_hash(key, "a/b", "c") != learner_hash(key, "a", "b/c")


async def test_without_a_key_the_hashes_of_one_worker_fit_together_and_no_others() -> None:
    hashes = []
    for _ in range(2):
        house = House()
        house.audit_key = None
        async with served(house) as client:
            lines = await written(client, "GET", STATE) + await written(client, "GET", STATE)
        hashes.append({line["learner"] for line in lines})
    assert [len(found) for found in hashes] == [1, 1]
    assert hashes[0] != hashes[1]
