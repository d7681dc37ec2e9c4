"""The Idempotency-Key of the trigger; which body came first is played by a fake of its port."""

import json
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict

from orchestrator.core.events import Event
from orchestrator.web.ports import Decided
from tests.functional.web.house import House, served

BODY = {
    "type": "ASSESSMENT_COMPLETE",
    "tenant_id": "north",
    "learner_id": "ada",
    "data": {"score": 0.9},
}


async def post(
    client: aiohttp.ClientSession, body: object, *keys: str
) -> tuple[int, dict[str, Any]]:
    headers = CIMultiDict([("Idempotency-Key", key) for key in keys])
    async with client.post("/internal/trigger", json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


def fields(problem: dict[str, Any]) -> list[str]:
    return [fault["field"] for fault in problem["errors"]]


@pytest.mark.parametrize("key", ["k", "x" * 128, "!~/%{}", '"quoted"', "0f8fad5b-d9cb"])
async def test_the_key_becomes_the_events_id(
    house: House, client: aiohttp.ClientSession, key: str
) -> None:
    status, answer = await post(client, BODY, key)
    assert (status, answer["event_id"]) == (200, key)
    assert [event.id for event in house.submitted] == [key]
    assert len(house.hashes[0]) == 32


@pytest.mark.parametrize("keys", [[""], ["x" * 129], ["two words"], ["ä"], ["a", "a"], ["a", "b"]])
async def test_a_key_that_cannot_be_is_refused(
    house: House, client: aiohttp.ClientSession, keys: list[str]
) -> None:
    status, problem = await post(client, BODY, *keys)
    assert (status, fields(problem)) == (422, ["Idempotency-Key"])
    assert house.submitted == []


async def test_an_id_in_the_body_may_say_the_same_and_nothing_else(
    house: House, client: aiohttp.ClientSession
) -> None:
    assert (await post(client, BODY | {"id": "k"}, "k"))[0] == 200
    wrong = BODY | {"id": "other", "data": {"score": 2}}
    status, problem = await post(client, wrong, "k")
    assert status == 422
    assert set(fields(problem)) == {"id", "data.score"}
    assert len(house.submitted) == 1


async def test_without_a_key_no_hash_is_kept(house: House, client: aiohttp.ClientSession) -> None:
    await post(client, BODY | {"id": "mine"})
    assert (house.submitted[0].id, house.hashes) == ("mine", [""])


async def test_the_same_event_said_in_another_way_has_the_same_hash(
    house: House, client: aiohttp.ClientSession
) -> None:
    again = json.loads(json.dumps(BODY, sort_keys=True, indent=2)) | {"id": "k"}
    await post(client, BODY, "k")
    await post(client, again, "k")
    await post(client, BODY | {"data": {"score": 0.8}}, "k")
    first, second, other = house.hashes
    assert first == second != other


async def test_a_key_that_came_with_another_body_stands_for_another_event(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.first_bodies["north", "k"] = "of another body"
    status, problem = await post(client, BODY, "k")
    assert (status, fields(problem)) == (422, ["Idempotency-Key"])
    assert house.submitted == []
    assert (await post(client, BODY | {"tenant_id": "south"}, "k"))[0] == 200


async def test_the_same_body_again_is_a_duplicate(
    house: House, client: aiohttp.ClientSession
) -> None:
    await post(client, BODY, "k")
    house.first_bodies["north", "k"] = house.hashes[0]
    house.decided = Decided("duplicate", [], 3, 43)
    status, answer = await post(client, BODY, "k")
    assert (status, answer["actions_generated"]) == (200, [])
    assert answer["decision"]["outcome"] == "duplicate"


class Race(House):
    """While an event was on its way, one with the same key and another body has been decided."""

    async def submit(self, event: Event, seconds: float, body_hash: str = "") -> Decided | None:
        self.first_bodies[event.tenant_id, event.id] = "of another body"
        return await super().submit(event, seconds, body_hash)


async def test_of_two_bodies_at_the_same_time_the_second_is_refused() -> None:
    house = Race()
    house.decided = Decided("duplicate", [], 3, 43)
    async with served(house) as client:
        status, problem = await post(client, BODY, "k")
    assert (status, fields(problem)) == (422, ["Idempotency-Key"])
