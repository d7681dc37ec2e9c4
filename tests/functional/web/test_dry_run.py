"""POST /internal/trigger?dry_run=true: what would be decided, and nothing else."""

from typing import Any

import aiohttp
import pytest

from orchestrator.core.state import encode_state
from tests.functional.web.house import NOON, PARTITION, House
from tests.unit.core.samples import Learner, assessment, baseline

DRY_RUN = "/internal/trigger?dry_run=true"
BODY = {
    "type": "ASSESSMENT_COMPLETE",
    "tenant_id": "school",
    "learner_id": "ana",
    "timestamp": NOON.isoformat(),
    "data": {"score": 0.9},
}


async def post(
    client: aiohttp.ClientSession, body: object, path: str = DRY_RUN, **headers: str
) -> tuple[int, dict[str, Any]]:
    async with client.post(path, json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def test_an_event_of_a_learner_nobody_has_heard_of(
    house: House, client: aiohttp.ClientSession
) -> None:
    status, answer = await post(client, BODY | {"id": "e-1"})
    assert status == 200
    assert answer["event_id"] == "e-1"
    assert answer["decision"] == {
        "outcome": "decided",
        "partition": PARTITION,
        "offset": None,
        "dry_run": True,
    }
    (action,) = answer["actions_generated"]
    assert action["parameters"]["suggested_level"] == "challenging"
    assert action["policy_version"] == house.policy.version
    assert answer["processing_time_ms"] >= 0


async def test_it_is_decided_on_the_present_state_which_stays_as_it_is(
    house: House, client: aiohttp.ClientSession
) -> None:
    learner = Learner()
    learner.sees(baseline(0.8))
    house.states["school", "ana"] = learner.state
    before = encode_state(learner.state)
    _, answer = await post(client, BODY)
    (action,) = answer["actions_generated"]
    assert action["parameters"]["current_level"] == "challenging"
    assert action["parameters"]["suggested_level"] == "advanced"
    assert await post(client, BODY | {"id": "again"}) != (200, answer)
    assert encode_state(house.states["school", "ana"]) == before
    assert house.submitted == []


async def test_it_says_what_the_real_event_then_does(
    house: House, client: aiohttp.ClientSession
) -> None:
    learner = Learner()
    learner.sees(baseline(0.8))
    house.states["school", "ana"] = learner.state
    event = assessment(0.9, NOON)
    _, answer = await post(client, BODY | {"id": event.id})
    given = [action["action_id"] for action in answer["actions_generated"]]
    assert given == [action.action_id for action in learner.sees(event).actions]


async def test_an_event_that_was_there_before_is_a_duplicate(
    house: House, client: aiohttp.ClientSession
) -> None:
    learner = Learner()
    event = baseline(0.8)
    learner.sees(event)
    house.states["school", "ana"] = learner.state
    status, answer = await post(client, BODY | {"id": event.id})
    assert (status, answer["decision"]["outcome"]) == (200, "duplicate")
    assert answer["actions_generated"] == []


async def test_a_body_that_is_no_event_is_no_event_in_a_dry_run_either(
    client: aiohttp.ClientSession,
) -> None:
    status, problem = await post(client, BODY | {"data": {"score": 2}})
    assert status == 422
    assert [fault["field"] for fault in problem["errors"]] == ["data.score"]


async def test_dry_run_false_is_the_real_thing(house: House, client: aiohttp.ClientSession) -> None:
    status, answer = await post(client, BODY, "/internal/trigger?dry_run=false")
    assert (status, answer["decision"]["dry_run"]) == (200, False)
    assert len(house.submitted) == 1


@pytest.mark.parametrize(
    "value", ["", "yes", "1", "TRUE", "true&dry_run=true", "true&dry_run=false"]
)
async def test_a_doubtful_wish_is_not_guessed_at(
    house: House, client: aiohttp.ClientSession, value: str
) -> None:
    status, problem = await post(client, BODY, f"/internal/trigger?dry_run={value}")
    assert status == 422
    assert [fault["field"] for fault in problem["errors"]] == ["query.dry_run"]
    assert house.submitted == []


async def test_a_key_that_came_with_another_body_is_refused_as_it_would_be(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.first_bodies["school", "k-1"] = "of another body"
    status, problem = await post(client, BODY, **{"Idempotency-Key": "k-1"})
    assert status == 422
    assert [fault["field"] for fault in problem["errors"]] == ["Idempotency-Key"]
