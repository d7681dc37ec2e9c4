"""POST /internal/trigger on the real server, the stream played by a fake of its port."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from orchestrator.core.actions import Action, ActionType
from orchestrator.core.events import AssessmentComplete, SelAlert
from orchestrator.core.ids import ActionId, EventId, LearnerId, TenantId
from orchestrator.errors import StreamError
from orchestrator.web.ports import Decided
from tests.functional.web.house import NOON, House

BODY = {
    "type": "ASSESSMENT_COMPLETE",
    "tenant_id": "north",
    "learner_id": "ada",
    "data": {"score": 0.9},
}
ACTION = Action(
    action_id=ActionId("a-1"),
    type=ActionType.LEVEL_SUGGESTED,
    tenant_id=TenantId("north"),
    learner_id=LearnerId("ada"),
    event_id=EventId("e-1"),
    rule="level.up.performance",
    policy_version="p1",
    created_at=NOON,
    expires_at=NOON + timedelta(hours=24),
    confidence=0.8,
    reason="Works well above the level.",
    evidence={"observed": 0.9, "threshold": 0.85},
    parameters={"current_level": "moderate", "suggested_level": "challenging"},
)


async def post(
    client: aiohttp.ClientSession, body: object, query: str = ""
) -> tuple[int, dict[str, Any], Any]:
    async with client.post(f"/internal/trigger{query}", json=body) as response:
        return response.status, await response.json(content_type=None), response.headers


async def test_the_decision_is_the_answer(house: House, client: aiohttp.ClientSession) -> None:
    house.decided = Decided("decided", [ACTION], partition=3, offset=42)
    status, answer, _ = await post(client, BODY | {"id": "e-1"})
    assert status == 200
    assert answer["event_id"] == "e-1"
    assert answer["decision"] == {
        "outcome": "decided",
        "partition": 3,
        "offset": 42,
        "dry_run": False,
    }
    assert answer["processing_time_ms"] >= 0
    (action,) = answer["actions_generated"]
    assert action["rule"] == "level.up.performance"
    assert action["created_at"] == "2026-03-04T12:00:00Z"
    assert action["parameters"]["suggested_level"] == "challenging"
    assert house.waited == [5.0]


async def test_what_is_left_out_is_filled_in_from_the_clock(
    house: House, client: aiohttp.ClientSession
) -> None:
    await post(client, BODY)
    (event,) = house.submitted
    assert isinstance(event, AssessmentComplete)
    assert (event.timestamp, event.received_at) == (NOON, NOON)
    assert event.id.startswith("trigger:")
    assert len(event.id) == len("trigger:") + 32


async def test_two_without_an_id_are_two_events(
    house: House, client: aiohttp.ClientSession
) -> None:
    await post(client, BODY)
    await post(client, BODY)
    assert len({event.id for event in house.submitted}) == 2


async def test_what_is_given_is_kept(house: House, client: aiohttp.ClientSession) -> None:
    body = {
        "type": "sel_alert",
        "tenant_id": "north",
        "learner_id": "ada",
        "id": "mine",
        "timestamp": "2026-03-04T13:00:00+02:00",
        "data": {"alert_type": "anxiety", "severity": "critical", "mood": "a field nobody knows"},
    }
    status, answer, _ = await post(client, body)
    assert (status, answer["event_id"]) == (200, "mine")
    (event,) = house.submitted
    assert isinstance(event, SelAlert)
    assert event.timestamp == NOON - timedelta(hours=1)
    assert event.received_at == NOON
    assert event.data.severity == "high"


async def test_a_duplicate_is_no_error(house: House, client: aiohttp.ClientSession) -> None:
    house.decided = Decided("duplicate", [], partition=0, offset=0)
    status, answer, _ = await post(client, BODY)
    assert status == 200
    assert answer["actions_generated"] == []
    assert answer["decision"]["outcome"] == "duplicate"


async def test_a_late_decision_is_promised_with_its_address(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.decided = None
    status, answer, headers = await post(client, BODY | {"learner_id": "a/ä&b", "id": "e 1"})
    assert (status, answer["decision"]) == (202, None)
    location = urlsplit(headers["Location"])
    assert location.path == "/events"
    assert parse_qs(location.query) == {
        "tenant_id": ["north"],
        "learner_id": ["a/ä&b"],
        "id": ["e 1"],
    }


async def test_kafka_being_gone_is_said_with_when_to_come_back(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.fault = StreamError("no broker answers.")
    status, problem, headers = await post(client, BODY)
    assert status == 503
    assert "no broker answers." in problem["detail"]
    assert headers["Retry-After"] == "5"
    assert headers["Content-Type"] == "application/problem+json"


async def test_every_wrong_field_is_named_at_once(
    house: House, client: aiohttp.ClientSession
) -> None:
    body = {
        "type": "COURSEWORK_ANALYZED",
        "learner_id": 7,
        "id": "x" * 129,
        "timestamp": "yesterday",
        "colour": "red",
        "data": {
            "performance_metrics": {"accuracy": 1.5, "engagement": "high"},
            "answers": [True, 1],
            "session_duration": -1,
        },
    }
    status, problem, headers = await post(client, body)
    assert status == 422
    assert headers["Content-Type"] == "application/problem+json"
    assert {fault["field"] for fault in problem["errors"]} == {
        "tenant_id",
        "learner_id",
        "id",
        "timestamp",
        "colour",
        "data.performance_metrics.accuracy",
        "data.performance_metrics.engagement",
        "data.answers[1]",
        "data.session_duration",
    }
    assert all(fault["detail"] for fault in problem["errors"])
    assert house.submitted == []


async def test_unknown_query_parameters_are_refused_by_name(
    house: House, client: aiohttp.ClientSession
) -> None:
    status, problem, _ = await post(client, BODY, "?dryrun=true&x=1&x=2")
    assert status == 422
    assert [fault["field"] for fault in problem["errors"]] == ["query.dryrun", "query.x"]
    assert house.submitted == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"type": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"event"', 422),
        (b"{}", 422),
        (b'{"type": NaN}', 422),
    ],
)
async def test_a_body_that_is_no_event_is_refused(
    house: House, client: aiohttp.ClientSession, raw: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    async with client.post("/internal/trigger", data=raw, headers=headers) as response:
        assert response.status == status
        assert response.content_type == "application/problem+json"
    assert house.submitted == []


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
async def test_another_content_type_is_refused(
    house: House, client: aiohttp.ClientSession, media: str
) -> None:
    headers = {"Content-Type": media}
    async with client.post("/internal/trigger", data=b"{}", headers=headers) as response:
        assert response.status == 415
        assert response.content_type == "application/problem+json"
    assert house.submitted == []


async def test_json_with_a_charset_is_json(house: House, client: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    async with client.post("/internal/trigger", json=BODY, headers=headers) as response:
        assert response.status == 200
    assert len(house.submitted) == 1
