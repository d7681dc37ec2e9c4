"""GET /learners/{learner_id}/why, on the real server; who knows the learner is played by a fake."""

from typing import Any

import aiohttp

from orchestrator.core.rules.table import RULES
from orchestrator.core.state import stub_of
from orchestrator.core.why.evidence import evidence_words
from orchestrator.errors import HistoryUnavailable
from orchestrator.web.relay import OWNER_HEADER
from tests.functional.web.house import House, served
from tests.functional.web.test_history import ACTION
from tests.unit.core.samples import POLICY, Learner, after, coursework, engagement_low

WHY = "/learners/ana/why?tenant_id=school"


def known(house: House) -> None:
    learner = Learner()
    learner.sees(coursework(answers=[True] * 3))
    learner.sees(engagement_low(after(5)))
    house.states["school", "ana"] = learner.state


async def why(client: aiohttp.ClientSession, path: str = WHY) -> tuple[int, dict[str, Any]]:
    async with client.get(path) as response:
        return response.status, await response.json(content_type=None)


async def test_each_rule_says_what_it_waits_for(
    house: House, client: aiohttp.ClientSession
) -> None:
    known(house)
    status, answer = await why(client)
    assert status == 200
    assert answer["as_of"] == "2024-03-04T09:05:00Z"
    assert answer["policy_version"] == POLICY.version
    assert [one["rule"] for one in answer["waiting"]] == [rule.id for rule in RULES]
    waits = {one["rule"]: one for one in answer["waiting"]}
    assert waits["level.up.streak"]["words"] == "2 more correct answers in a row"
    assert waits["level.up.streak"]["ways"] == [
        {
            "words": "2 more correct answers in a row",
            "event": "COURSEWORK_ANALYZED",
            "field": "data.answers",
            "comparison": "equals",
            "value": True,
            "times": 2,
            "observed": 3.0,
            "threshold": 5.0,
            "not_before": None,
            "not_after": None,
        }
    ]
    (lively,) = waits["break.engagement_low"]["ways"]
    assert lively["not_before"] == "2024-03-04T09:20:00Z"
    assert "no break before 2024-03-04 09:20 UTC" in lively["words"]


async def test_the_last_actions_are_explained(house: House, client: aiohttp.ClientSession) -> None:
    known(house)
    house.history.action_rows = [ACTION]
    _, answer = await why(client)
    (action,) = answer["actions"]
    assert action == {
        "action_id": ACTION.action.action_id,
        "type": str(ACTION.action.type),
        "rule": ACTION.action.rule,
        "reason": ACTION.action.reason,
        "evidence": ACTION.action.evidence,
        "evidence_words": evidence_words(ACTION.action.rule, ACTION.action.evidence),
        "parameters": ACTION.action.parameters,
        "event_id": ACTION.action.event_id,
        "policy_version": ACTION.action.policy_version,
        "created_at": "2026-03-04T12:00:00Z",
        "status": "failed",
        "outcome": "rejected",
    }


async def test_while_the_history_cannot_tell_the_rules_are_explained_all_the_same(
    house: House, client: aiohttp.ClientSession
) -> None:
    known(house)
    house.history.fault = HistoryUnavailable("It takes too long.")
    status, answer = await why(client)
    assert (status, answer["actions"]) == (200, None)
    assert answer["waiting"]


async def test_of_a_learner_nobody_knows_nothing_is_said(
    house: House, client: aiohttp.ClientSession
) -> None:
    assert (await why(client))[0] == 404
    known(house)
    stub = stub_of(house.states["school", "ana"], POLICY.level.start)
    house.states["school", "ana"] = stub
    assert (await why(client))[0] == 404


async def test_a_question_that_names_no_tenant_is_refused(client: aiohttp.ClientSession) -> None:
    status, problem = await why(client, "/learners/ana/why")
    assert status == 422
    assert [fault["field"] for fault in problem["errors"]] == ["query.tenant_id"]


async def test_the_owner_answers_through_any_worker(house: House) -> None:
    owner = House()
    known(owner)
    house.elsewhere, house.owner_url = True, owner.url
    async with served(house) as client, served(owner), client.get(WHY) as response:
        assert response.status == 200
        assert OWNER_HEADER in response.headers
        assert (await response.json())["learner_id"] == "ana"
