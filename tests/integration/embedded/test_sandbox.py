"""The sandbox takes what the services take, once a key, and misbehaves exactly as it is told."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from orchestrator.embedded.sandbox import Mode, Sandbox, Service

NOON = "2026-03-02T12:00:00Z"


def level_body(key: str) -> dict[str, Any]:
    return {
        "suggested_level": "easy",
        "reason": "The last answers were hard going.",
        "confidence": 0.8,
        "metadata": {"orchestrator_action_id": key, "suggested_at": NOON},
    }


def break_body(key: str) -> dict[str, Any]:
    return {
        "user_id": "learner-001",
        "tenant_id": "north",
        "title": "Time to move",
        "message": "Stretch for five minutes.",
        "notification_type": "game_break",
        "priority": "high",
        "channels": ["in_app"],
        "action_url": "/breaks/movement",
        "scheduled_time": NOON,
        "metadata": {
            "orchestrator_action_id": key,
            "break_type": "movement",
            "break_duration_minutes": 5,
        },
    }


def headers(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key, "X-Tenant-Id": "north"}


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=5.0) as client:
        yield client


async def suggest(
    client: httpx.AsyncClient, key: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    content = level_body(key) if body is None else body
    return await client.put("/api/learners/learner-001/level", json=content, headers=headers(key))


async def schedule(
    client: httpx.AsyncClient, key: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    content = break_body(key) if body is None else body
    return await client.post("/api/notifications/schedule", json=content, headers=headers(key))


class TestIdempotency:
    async def test_a_key_is_applied_once(self, sandbox: Sandbox, client: httpx.AsyncClient) -> None:
        first, second = await suggest(client, "k1"), await suggest(client, "k1")
        assert (first.status_code, first.json()["repeated"]) == (200, False)
        assert (second.status_code, second.json()["repeated"]) == (200, True)
        assert (sandbox.calls.times("k1"), sandbox.calls.applied) == (2, 1)

    async def test_a_key_with_another_body_is_refused(self, client: httpx.AsyncClient) -> None:
        await suggest(client, "k1")
        answer = await suggest(client, "k1", level_body("k1") | {"confidence": 0.5})
        assert answer.status_code == 422

    async def test_a_refused_call_does_not_use_up_its_key(self, client: httpx.AsyncClient) -> None:
        refused = await suggest(client, "k1", {})
        accepted = await suggest(client, "k1")
        assert (refused.status_code, accepted.json()["repeated"]) == (400, False)

    async def test_a_call_without_key_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/api/learners/l/level", json=level_body("k"))
        assert answer.json() == {"error": "Idempotency-Key: missing"}


class TestBodies:
    async def test_both_learning_paths_are_taken(self, client: httpx.AsyncClient) -> None:
        metadata = {"orchestrator_action_id": "k", "suggested_at": NOON}
        baseline = {
            "focus_areas": ["fractions"],
            "strength_areas": [],
            "initial_level": "moderate",
            "adaptation_enabled": True,
        }
        coursework = {"remediation_topics": ["fractions"], "acceleration_topics": []}
        for key, updates in (("k1", baseline), ("k2", coursework)):
            body = {
                "path_updates": updates,
                "reason": "Because.",
                "metadata": metadata | {"orchestrator_action_id": key},
            }
            answer = await client.put(
                "/api/learners/learner-001/learning-path", json=body, headers=headers(key)
            )
            assert answer.status_code == 200, answer.text

    async def test_an_intervention_is_taken(self, client: httpx.AsyncClient) -> None:
        body = break_body("k1") | {
            "notification_type": "sel_intervention",
            "action_url": "/sel/anxiety_support",
            "metadata": {
                "orchestrator_action_id": "k1",
                "intervention_type": "anxiety_support",
                "urgency": "high",
            },
        }
        assert (await schedule(client, "k1", body)).status_code == 200

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"action_url": "/breaks/attention"}, "should be /breaks/movement"),
            ({"scheduled_time": "2026-03-02T12:00:00"}, "scheduled_time"),
            ({"channels": ["email"]}, "channels"),
            ({"tenant_id": "south"}, "X-Tenant-Id: differs"),
            ({"notification_type": "advert"}, "notification_type"),
            ({"surprise": 1}, "surprise"),
        ],
    )
    async def test_a_wrong_notification_is_refused_with_the_reason(
        self, client: httpx.AsyncClient, change: dict[str, Any], reason: str
    ) -> None:
        answer = await schedule(client, "k1", break_body("k1") | change)
        assert answer.status_code == 400
        assert reason in answer.json()["error"]

    async def test_an_action_id_other_than_the_key_is_refused(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await suggest(client, "k2", level_body("k1"))
        assert answer.json()["error"].startswith("metadata.orchestrator_action_id")

    async def test_a_body_that_is_no_json_is_refused_and_shown(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        path = "/api/learners/learner-001/level"
        answer = await client.put(path, content=b"\xff{", headers=headers("k"))
        assert answer.status_code == 400
        assert sandbox.calls.newest()[0].body == "\ufffd{"


class TestWhatIsShown:
    async def test_a_strange_learner_id_comes_back_as_it_was(
        self, client: httpx.AsyncClient
    ) -> None:
        learner = "a/b ü%2F"
        await client.put(
            f"/api/learners/{quote(learner, safe='')}/level",
            json=level_body("k1"),
            headers=headers("k1"),
        )
        await schedule(client, "k2")
        found = await client.get("/calls", params={"learner_id": learner})
        assert [call["key"] for call in found.json()["calls"]] == ["k1"]

    async def test_a_tenant_beyond_ascii_is_known_by_its_bytes(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post(
            "/api/notifications/schedule",
            json=break_body("k1") | {"tenant_id": "süd"},
            headers={b"Idempotency-Key": b"k1", b"X-Tenant-Id": "süd".encode()},
        )
        assert (answer.status_code, sandbox.calls.newest()[0].tenant_id) == (200, "süd")

    async def test_calls_are_listed_newest_first_up_to_the_limit(
        self, client: httpx.AsyncClient
    ) -> None:
        for key in ("k1", "k2", "k2", "k3"):
            await suggest(client, key)
        newest = (await client.get("/calls?limit=2")).json()
        by_key = (await client.get("/calls?key=k2")).json()
        assert [call["key"] for call in newest["calls"]] == ["k3", "k2"]
        assert (newest["received"], newest["applied"]) == (4, 3)
        assert [call["times"] for call in by_key["calls"]] == [2, 2]

    @pytest.mark.parametrize("limit", ["0", "many", "10001", "-1"])
    async def test_a_senseless_limit_is_refused(
        self, client: httpx.AsyncClient, limit: str
    ) -> None:
        assert (await client.get("/calls", params={"limit": limit})).status_code == 400

    async def test_a_token_is_kept_but_not_shown(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        client.headers["Authorization"] = "Bearer of-all-secrets"
        await suggest(client, "k1")
        assert sandbox.calls.newest()[0].headers["Authorization"] == "Bearer of-all-secrets"
        assert "of-all-secrets" not in (await client.get("/calls")).text

    async def test_calls_can_be_forgotten(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        await suggest(client, "k1")
        await client.delete("/calls")
        assert (len(sandbox.calls), sandbox.calls.times("k1"), sandbox.calls.applied) == (0, 0, 0)

    async def test_the_page_escapes_what_callers_sent(self, client: httpx.AsyncClient) -> None:
        await schedule(client, "k1", break_body("k1") | {"title": "<script>alert(1)</script>"})
        shown = (await client.get("/")).text
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>" not in shown


class TestFaults:
    @pytest.mark.parametrize("status", [500, 429, 400])
    async def test_an_error_is_answered_as_often_as_told(
        self, client: httpx.AsyncClient, status: int
    ) -> None:
        fault = {"service": "learner-svc", "mode": str(status), "times": 2, "retry_after": 7}
        assert (await client.put("/faults", json=fault)).status_code == 200
        answers = [await suggest(client, "k1") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [status, status, 200]
        assert answers[0].headers["Retry-After"] == "7"
        assert answers[2].json()["repeated"] is False

    async def test_one_service_misbehaves_alone(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        sandbox.put_fault(Service.LEARNER, Mode.SERVER_ERROR)
        assert (await suggest(client, "k1")).status_code == 500
        assert (await schedule(client, "k2")).status_code == 200

    async def test_a_reset_call_was_not_applied(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        sandbox.put_fault(Service.LEARNER, Mode.RESET, times=1)
        with pytest.raises(httpx.ReadError):
            await suggest(client, "k1")
        assert (await suggest(client, "k1")).json()["repeated"] is False

    async def test_a_call_reset_after_it_was_accepted_was_applied(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        sandbox.put_fault(Service.LEARNER, Mode.ACCEPT_THEN_RESET, times=1)
        with pytest.raises(httpx.ReadError):
            await suggest(client, "k1")
        assert sandbox.calls.applied_keys() == ["k1"]
        assert (await suggest(client, "k1")).json()["repeated"] is True

    async def test_a_call_that_times_out_was_not_applied(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        sandbox.put_fault(Service.NOTIFICATION, Mode.TIMEOUT, times=1)
        with pytest.raises(httpx.ReadTimeout):
            await client.post(
                "/api/notifications/schedule",
                json=break_body("k1"),
                headers=headers("k1"),
                timeout=0.2,
            )
        assert sandbox.calls.times("k1") == 1
        assert sandbox.calls.applied == 0

    async def test_a_slow_call_is_answered_after_the_delay(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        sandbox.put_fault(Service.LEARNER, Mode.SLOW, delay=0.2)
        before = time.monotonic()
        answer = await suggest(client, "k1")
        assert answer.status_code == 200
        assert time.monotonic() - before >= 0.2

    async def test_a_slow_body_comes_whole_if_it_is_waited_for(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        sandbox.put_fault(Service.LEARNER, Mode.SLOW_BODY, delay=0.1)
        assert (await suggest(client, "k1")).json() == {"status": "ok", "repeated": False}

    async def test_a_slow_body_that_is_not_waited_for_was_applied(
        self, sandbox: Sandbox, client: httpx.AsyncClient
    ) -> None:
        sandbox.put_fault(Service.LEARNER, Mode.SLOW_BODY, delay=30)
        path, body = "/api/learners/learner-001/level", level_body("k1")
        with pytest.raises(httpx.ReadTimeout):
            await client.put(path, json=body, headers=headers("k1"), timeout=0.2)
        assert sandbox.calls.applied_keys() == ["k1"]

    async def test_an_unknown_mode_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/faults", json={"service": "learner-svc", "mode": "sulk"})
        assert answer.status_code == 400
        assert (await suggest(client, "k1")).status_code == 200


async def test_stopping_does_not_wait_for_a_call_held_back(
    sandbox: Sandbox, client: httpx.AsyncClient
) -> None:
    sandbox.put_fault(Service.LEARNER, Mode.TIMEOUT)
    held = asyncio.create_task(suggest(client, "k1"))
    await sandbox.wait_for(lambda calls: calls.times("k1") == 1)
    before = time.monotonic()
    await sandbox.stop()
    assert time.monotonic() - before < 3.0
    with pytest.raises(httpx.TransportError):
        await held


async def test_a_restarted_sandbox_keeps_its_address_and_its_calls(sandbox: Sandbox) -> None:
    address = sandbox.url
    await sandbox.stop()
    await sandbox.start()
    assert sandbox.url == address
    async with httpx.AsyncClient(base_url=address) as client:
        assert (await suggest(client, "k1")).status_code == 200
    await sandbox.wait_for(lambda calls: calls.times("k1") == 1)
