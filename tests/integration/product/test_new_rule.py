"""A program with one rule more comes to a cluster that has decided without it."""

import asyncio
from pathlib import Path
from typing import Any

from orchestrator.core.policy import load_policy
from orchestrator.core.policy_records import PolicyText, encode_policy_text
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.operations.sending import sender
from orchestrator.plan import topic_plans
from orchestrator.settings import load_settings
from orchestrator.stream.admin import ensure_topics
from orchestrator.stream.records import Record
from orchestrator.topics import POLICIES
from tests.integration.product.test_policy import activate
from tests.product.house import CONFIG, House, post, shipped_policy

RULE = "break.engagement_low"


def from_before() -> PolicyText:
    """The policy without the rule's words."""
    messages = (CONFIG / "messages.en.toml").read_text()
    begin = messages.index(f'["{RULE}"]')
    end = messages.index('["', begin + 1)
    return PolicyText((CONFIG / "policy.toml").read_text(), messages[:begin] + messages[end:])


async def begin_with(house: House, text: PolicyText) -> str:
    """Leave the cluster as a program left it that was begun with these texts; their version."""
    servers = {"bootstrap_servers": house.kafka.bootstrap_servers}
    await ensure_topics(servers, topic_plans(load_settings({})))
    version = load_policy(text.policy, text.messages, earlier=True).version
    async with sender(servers) as sending:
        await sending.send(POLICIES, (Record(version.encode(), encode_policy_text(text)),))
    return version


def decided(worker: WorkerProcess, learner: str) -> list[tuple[str, str]]:
    """The rule and the policy of each action."""
    body = {"type": "ENGAGEMENT_LOW", "tenant_id": "t", "learner_id": learner, "data": {}}
    answer: dict[str, Any] = post(worker, "/internal/trigger", body)
    return [(action["rule"], action["policy_version"]) for action in answer["actions_generated"]]


async def test_it_is_silent_until_the_policy_that_has_it_is_activated(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        before = await begin_with(house, from_before())
        worker = house.new_worker()
        await asyncio.to_thread(worker.start)

        found = await asyncio.to_thread(decided, worker, "ana")
        assert found == [("level.engagement_low", before)]

        await asyncio.to_thread(activate, house, CONFIG / "policy.toml")

        now = shipped_policy().version
        found = await asyncio.to_thread(decided, worker, "ben")
        assert found == [("level.engagement_low", now), (RULE, now)]
