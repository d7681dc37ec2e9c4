"""GET /events and GET /actions on the real server, and /stats of a tenant."""

from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from orchestrator.core.actions import Outcome, Service
from orchestrator.core.ids import ActionId
from orchestrator.errors import HistoryUnavailable
from orchestrator.history.rows import ActionRow, EventRow, Query, Stage
from tests.functional.web.house import NOON, House
from tests.unit.history.samples import asked

EVENT = EventRow(
    id="e1",
    type="SEL_ALERT",
    tenant_id="north",
    learner_id="ada",
    timestamp=NOON,
    received_at=NOON,
    status=Stage.COMPLETED,
    outcome="decided",
    policy_version="p1",
    partition=3,
    offset=42,
    action_ids=(ActionId("a1"),),
)
ACTION = ActionRow(
    action=asked(1).action,
    target_service=Service.NOTIFICATION,
    status=Stage.FAILED,
    outcome=Outcome.REJECTED,
    attempts=1,
    http_status=422,
    ended_at=NOON,
    detail="422",
)


async def problem(client: aiohttp.ClientSession, path: str, status: int) -> dict[str, Any]:
    async with client.get(path) as response:
        assert response.status == status, await response.text()
        found: dict[str, Any] = await response.json(content_type="application/problem+json")
        return found


async def test_events_say_what_became_of_them(house: House, client: aiohttp.ClientSession) -> None:
    house.history.event_rows, house.history.total = [EVENT], 7
    async with client.get("/events?tenant_id=north&status=completed&limit=1&offset=5") as response:
        assert response.status == 200
        body = await response.json()
    (row,) = body.pop("events")
    assert body == {
        "total_count": 7,
        "has_more": True,
        "filters_applied": {"tenant_id": "north", "status": "completed"},
    }
    assert (row["outcome"], row["partition"], row["offset"]) == ("decided", 3, 42)
    assert row["action_ids"] == ["a1"]
    assert house.history.asked == [
        Query(tenant_id="north", status=Stage.COMPLETED, limit=1, offset=5)
    ]


async def test_the_last_page_has_no_more(house: House, client: aiohttp.ClientSession) -> None:
    house.history.event_rows, house.history.total = [EVENT], 7
    async with client.get("/events?offset=6") as response:
        assert (await response.json())["has_more"] is False


async def test_actions_say_why_and_how_they_ended(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.history.action_rows, house.history.total = [ACTION], 1
    path = "/actions?action_type=GAME_BREAK&target_service=notification-svc&learner_id=ada"
    async with client.get(path) as response:
        body = await response.json()
    (row,) = body["actions"]
    assert (row["reason"], row["evidence"]) == ("It is time.", {"observed": 3, "threshold": 2})
    assert (row["status"], row["outcome"], row["http_status"]) == ("failed", "rejected", 422)
    assert row["ended_at"] == "2026-03-04T12:00:00Z"
    (query,) = house.history.asked
    assert (query.type, query.service) == ("GAME_BREAK", Service.NOTIFICATION)
    assert (query.learner_id, query.limit, query.offset) == ("ada", 50, 0)


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ("start_date=2026-03-04T12:00:00Z", NOON, None),
        ("start_date=2026-03-04T13:00:00%2B01:00", NOON, None),
        ("start_date=2026-03-04T13:00:00+01:00", NOON, None),
        ("start_date=2026-03-04", datetime(2026, 3, 4, tzinfo=UTC), None),
        ("end_date=2026-03-04", None, datetime(2026, 3, 5, tzinfo=UTC)),
        ("end_date=2026-03-04T12:00:00Z", None, NOON),
    ],
)
async def test_a_date_is_a_moment_or_a_day(
    house: House,
    client: aiohttp.ClientSession,
    given: str,
    start: datetime | None,
    end: datetime | None,
) -> None:
    async with client.get(f"/events?{given}") as response:
        assert response.status == 200
    (query,) = house.history.asked
    assert (query.start, query.end) == (start, end)


async def test_every_wrong_parameter_is_named(client: aiohttp.ClientSession) -> None:
    path = (
        "/actions?limit=201&offset=10001&status=done&action_type=X&target_service=x&id="
        "&start_date=2026-03-04T12:00:00&end_date=soon&learner_id=a&learner_id=b"
    )
    body = await problem(client, path, 422)
    faults = {fault["field"]: fault["detail"] for fault in body["errors"]}
    assert set(faults) == {
        f"query.{name}"
        for name in (
            "limit", "offset", "status", "action_type", "target_service", "id", "start_date",
            "end_date", "learner_id",
        )
    }  # fmt: skip
    assert "range of dates" in faults["query.offset"]
    assert "with a zone" in faults["query.start_date"]


@pytest.mark.parametrize("name", ["target_service", "action_type", "learner"])
async def test_a_filter_that_events_do_not_have_is_named(
    client: aiohttp.ClientSession, name: str
) -> None:
    body = await problem(client, f"/events?{name}=x", 422)
    assert [fault["field"] for fault in body["errors"]] == [f"query.{name}"]


@pytest.mark.parametrize("path", ["/events", "/actions"])
async def test_while_the_history_cannot_tell_it_says_so(
    house: House, client: aiohttp.ClientSession, path: str
) -> None:
    house.history.fault = HistoryUnavailable("It takes too long.")
    async with client.get(path) as response:
        assert response.status == 503
        assert response.headers["Retry-After"]
        assert "too long" in (await response.json())["detail"]
