"""GET /learners/{learner_id}/state, the table played by a fake of its port."""

from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from msgspec.structs import replace

from orchestrator.core.levels import Level
from orchestrator.core.state import LearnerState, new_learner, stub_of
from orchestrator.errors import UnknownPolicy
from orchestrator.read_model.learners import Present
from orchestrator.web.relay import OWNER_HEADER
from tests.functional.web.house import House, served
from tests.unit.core.samples import (
    POLICY,
    Learner,
    after,
    assessment,
    baseline,
    coursework,
    engagement_low,
    sel,
)


def well_known() -> LearnerState:
    """A learner of whom something of every kind is remembered."""
    learner = Learner()
    learner.sees(baseline(0.8))
    learner.sees(assessment(0.7, after(1)))
    learner.sees(sel("low", after(2)))
    learner.sees(engagement_low(after(3)))
    learner.sees(coursework(0.9, after(8), minutes=4, answers=[True, True]))
    return learner.state


async def state(
    client: aiohttp.ClientSession, learner: str = "ana", query: str = "tenant_id=school"
) -> tuple[int, dict[str, Any], Any]:
    path = f"/learners/{quote(learner, safe='')}/state?{query}"
    async with client.get(path) as response:
        return response.status, await response.json(content_type=None), response.headers


async def test_all_that_decisions_depend_on_is_told(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.states["school", "ana"] = known = well_known()
    assert known.pending is not None
    status, answer, _ = await state(client)
    assert status == 200
    assert answer == {
        "tenant_id": "school",
        "learner_id": "ana",
        "level": "advanced",
        "correct_streak": 0,
        "incorrect_streak": 0,
        "session": {
            "minutes": 4.0,
            "started_at": "2024-03-04T09:03:00Z",
            "last_activity_at": "2024-03-04T09:08:00Z",
        },
        "last_break_at": "2024-03-04T09:03:00Z",
        "sel_alerts": ["2024-03-04T09:02:00Z"],
        "assessments": [{"at": "2024-03-04T09:01:00Z", "score": 0.7}],
        "pending_suggestion": {
            "action_id": known.pending.action_id,
            "level": "advanced",
            "level_before": "moderate",
        },
        "as_of": "2024-03-04T09:08:00Z",
        "policy_version": POLICY.version,
        "schema_version": 1,
    }


async def test_what_is_not_known_of_a_learner_is_null_or_empty(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.states["school", "ana"] = replace(new_learner(Level.EASY), last_event_at=0)
    _, answer, _ = await state(client)
    assert answer["session"] == {"minutes": 0.0, "started_at": None, "last_activity_at": None}
    assert (answer["level"], answer["sel_alerts"], answer["assessments"]) == ("easy", [], [])
    assert answer["last_break_at"] is answer["pending_suggestion"] is None


async def test_a_learner_nobody_has_heard_of_is_not_found(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.states["school", "ana"] = well_known()
    for learner, tenant in (("ben", "school"), ("ana", "another")):
        status, problem, headers = await state(client, learner, f"tenant_id={tenant}")
        assert status == problem["status"] == 404
        assert headers["Content-Type"] == "application/problem+json"


async def test_a_learner_who_was_erased_is_not_found_either(
    house: House, client: aiohttp.ClientSession
) -> None:
    house.states["school", "ana"] = stub_of(well_known(), Level.MODERATE)
    status, _, headers = await state(client)
    assert (status, headers[OWNER_HEADER]) == (404, "3")


@pytest.mark.parametrize("learner", ["a/b", "a b", "ä", "{x}", "%2F", "a%b", "a;b", "日本", "?"])
async def test_an_id_may_hold_any_character(
    house: House, client: aiohttp.ClientSession, learner: str
) -> None:
    house.states[learner, learner] = well_known()
    status, answer, _ = await state(client, learner, f"tenant_id={quote(learner, safe='')}")
    assert status == 200
    assert (answer["tenant_id"], answer["learner_id"]) == (learner, learner)


@pytest.mark.parametrize(
    ("learner", "query", "fields"),
    [
        ("ana", "", ["query.tenant_id"]),
        ("ana", "tenant_id=", ["query.tenant_id"]),
        ("ana", "tenant_id=a&tenant_id=a", ["query.tenant_id"]),
        ("ana", "tenant_id=" + "x" * 129, ["query.tenant_id"]),
        ("x" * 129, "", ["query.tenant_id", "learner_id"]),
        ("ana", "tenant_id=school&at=now", ["query.at"]),
    ],
)
async def test_a_question_that_names_nobody_is_refused(
    client: aiohttp.ClientSession, learner: str, query: str, fields: list[str]
) -> None:
    status, problem, _ = await state(client, learner, query)
    assert status == 422
    assert [fault["field"] for fault in problem["errors"]] == fields


async def test_head_is_get_without_the_body(house: House, client: aiohttp.ClientSession) -> None:
    house.states["school", "ana"] = well_known()
    async with client.head("/learners/ana/state?tenant_id=school") as response:
        assert (response.status, await response.read()) == (200, b"")


class WithoutPolicy(House):
    """A worker to which a policy's text has not come yet."""

    async def present(self, tenant_id: str, learner_id: str) -> Present:
        raise UnknownPolicy("p2")


async def test_while_the_policy_is_not_known_there_is_no_answer_yet() -> None:
    async with served(WithoutPolicy()) as client:
        status, problem, headers = await state(client)
    assert (status, headers["Retry-After"]) == (503, "2")
    assert "p2" in problem["detail"]
