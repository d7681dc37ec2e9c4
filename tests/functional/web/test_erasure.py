"""DELETE /learners/{learner_id}, the way through Kafka played by a fake of its port."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from orchestrator.core.events import LearnerErased
from orchestrator.errors import StreamError
from orchestrator.topics import TOPICS
from tests.functional.web.house import NOON, House
from tests.functional.web.test_state import state


async def erase(
    client: aiohttp.ClientSession, learner: str = "ana", query: str = "tenant_id=school", **of: str
) -> tuple[int, dict[str, Any], Any]:
    async with client.delete(f"/learners/{learner}?{query}", headers=of) as response:
        return response.status, await response.json(content_type=None), response.headers


async def test_it_is_an_event_and_the_receipt_says_where_it_stands(
    house: House, client: aiohttp.ClientSession
) -> None:
    status, receipt, _ = await erase(client)
    (event,) = house.submitted
    assert isinstance(event, LearnerErased)
    assert (event.tenant_id, event.learner_id, event.timestamp) == ("school", "ana", NOON)
    assert status == 200
    assert receipt["id"] == event.id
    assert (receipt["partition"], receipt["offset"]) == (3, 42)
    assert receipt["at"] == "2026-03-04T12:00:00Z"
    assert house.waited == [5.0]


async def test_the_receipt_says_what_remains_until_when(client: aiohttp.ClientSession) -> None:
    _, receipt, _ = await erase(client)
    until = {each["topic"]: each["until"] for each in receipt["remains"]}
    assert until.pop("redis") is None
    assert until["orchestrator.events"] == "2026-04-08T12:00:00Z"
    assert until["orchestrator.learner-state.changelog"] is None
    days = {spec.name: spec.retention_days for spec in TOPICS}
    for topic, date in until.items():
        told = None if date is None else date.removesuffix("Z") + "+00:00"
        kept = days[topic]
        assert told == (None if kept is None else (NOON + timedelta(days=kept)).isoformat())
    assert set(days) - set(until) == {
        "orchestrator.policies",
        "orchestrator.statistics.changelog",
        "orchestrator.trials",
    }


async def test_each_erasure_is_an_event_of_its_own(
    house: House, client: aiohttp.ClientSession
) -> None:
    assert [(await erase(client))[0] for _ in range(2)] == [200, 200]
    assert len({event.id for event in house.submitted}) == 2


async def test_who_is_not_told_in_time_is_told_where_to_look(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.decided = None
    status, receipt, headers = await erase(client)
    assert (status, receipt["partition"], receipt["offset"]) == (202, None, None)
    async with client.get(headers["Location"]) as response:
        assert response.status == 404


async def test_if_kafka_does_not_take_it_nothing_is_promised(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.fault = StreamError("no acknowledgement")
    status, problem, headers = await erase(client)
    assert (status, headers["Retry-After"]) == (503, "5")
    assert "no acknowledgement" in problem["detail"]


@pytest.mark.parametrize("query", ["", "tenant_id=", "tenant_id=a&tenant_id=a", "tenant_id=a&x=1"])
async def test_who_is_not_named_is_not_erased(
    house: House, client: aiohttp.ClientSession, query: str
) -> None:
    status, _, _ = await erase(client, query=query)
    assert (status, house.submitted) == (422, [])


@pytest.mark.parametrize(
    "headers",
    [{"Host": "orchestrator"}, {"X-Forwarded-For": "10.0.0.1"}, {"Origin": "https://elsewhere"}],
)
async def test_another_machine_or_site_erases_nobody(
    house: House, client: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    status, _, _ = await erase(client, **headers)
    assert (status, house.submitted) == (403, [])


async def test_a_state_is_no_address_to_delete(client: aiohttp.ClientSession) -> None:
    async with client.delete("/learners/ana/state?tenant_id=school") as response:
        assert response.status == 405
    assert (await state(client))[0] == 404
