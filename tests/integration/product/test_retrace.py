"""What a cluster has decided, explained and replayed for one learner, as it is typed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest_asyncio
from click.testing import CliRunner, Result

from orchestrator.cli import main
from orchestrator.embedded.worker import WorkerProcess
from tests.integration.product.test_policy import activate
from tests.product.house import CONFIG, House, erase, get
from tests.product.levels import TENANT, assessment
from tests.product.outage import alert


class Past(NamedTuple):
    """A cluster in which something has happened."""

    house: House
    worker: WorkerProcess
    candidate: Path

    async def type_in(self, *words: str) -> Result:
        """What a command says."""
        kafka = {"KAFKA_BOOTSTRAP_SERVERS": self.house.kafka.bootstrap_servers}
        return await asyncio.to_thread(CliRunner().invoke, main, list(words), env=kafka)

    async def of(self, command: str, learner: str, *words: str) -> Result:
        """What a command says of a learner."""
        return await self.type_in(command, "--tenant", TENANT, "--learner", learner, *words)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def past(tmp_path_factory: Any) -> AsyncIterator[Past]:
    """Ana has had a level, and support under another policy; ben was erased."""
    folder = tmp_path_factory.mktemp("retrace")
    candidate = folder / "candidate.toml"
    text = (CONFIG / "policy.toml").read_text()
    candidate.write_text(text.replace('start = "moderate"', 'start = "challenging"'))
    async with House(folder) as house:
        worker = house.new_worker()
        await asyncio.to_thread(worker.start)
        await house.add([assessment(1, 0.9, "ana"), assessment(1, 0.6, "ben")])
        await house.settled(worker, events=2)
        await asyncio.to_thread(erase, worker, TENANT, "ben")
        await asyncio.to_thread(activate, house, candidate)
        await house.add([alert("ana")])
        await house.settled(worker, events=3)
        await house.add([assessment(2, 0.6, "ana")])
        await house.settled(worker, events=4)
        yield Past(house, worker, candidate)


async def test_an_action_is_explained_by_its_id_and_how_it_ended_is_told(past: Past) -> None:
    (first, *_) = [call for call in past.house.sandbox.calls if call.learner_id == "ana"]
    said = await past.type_in("explain", first.key)
    assert said.exit_code == 0, said.output
    assert "LEVEL_SUGGESTED, by the rule level.up.performance" in said.output
    assert "the performance was 0.9; 0.85 or more is ready for more" in said.output
    assert "level.up.performance = 0.85" in said.output
    assert "delivered at " in said.output
    assert "after 1 attempt, HTTP 200" in said.output
    assert "a score of 0.35 instead of 0.9" in said.output

    nothing = await past.type_in("explain", "0" * 32)
    assert nothing.exit_code == 1
    assert "There is no action" in nothing.output


async def test_the_last_events_of_a_learner_are_explained_by_the_policies_of_the_time(
    past: Past,
) -> None:
    said = await past.of("explain", "ana", "--last", "3", "--json")
    assert said.exit_code == 0, said.output
    found = [json.loads(line) for line in said.output.splitlines()]
    assert [each["event"]["type"] for each in found] == [
        "ASSESSMENT_COMPLETE",
        "SEL_ALERT",
        "ASSESSMENT_COMPLETE",
    ]
    assert len({each["policy_version"] for each in found}) == 2
    actions = [action for each in found for action in each["actions"]]
    assert {action["ended"]["outcome"] for action in actions} == {"delivered"}
    one = await past.of("explain", "ana", "--last", "1", "--json")
    assert json.loads(one.output) == found[-1]
    half = await past.type_in("explain", "--learner", "ana")
    assert half.exit_code == 2


async def test_a_state_of_now_is_what_the_worker_has_and_one_of_before_is_not(past: Past) -> None:
    now = await past.of("state", "ana", "--json")
    assert now.exit_code == 0, now.output
    owners = get(past.worker, f"/learners/ana/state?tenant_id={TENANT}")
    shown = json.loads(now.output)["was"]
    assert shown["state"] == owners
    assert shown["events"] == 3

    first = json.loads(
        (await past.of("explain", "ana", "--json", "--last", "3")).output.split("\n")[0]
    )
    then = await past.of("state", "ana", "--at", first["event"]["timestamp"], "--json")
    assert json.loads(then.output)["was"]["events"] == 1


async def test_another_policy_is_shown_beside_it(past: Past) -> None:
    said = await past.of("state", "ana", "--with-policy", str(past.candidate))
    assert said.exit_code == 0, said.output
    (level,) = [line.split() for line in said.output.splitlines() if " level  " in line]
    assert level == ["*", "level", "challenging", "advanced"]


async def test_who_is_unknown_erased_or_not_there_yet_is_told_in_a_sentence(past: Past) -> None:
    for learner, words in (
        ("nobody", "Nothing has been heard of learner nobody"),
        ("ben", "they had been erased"),
    ):
        said = await past.of("state", learner)
        assert (said.exit_code, words in said.output) == (1, True), said.output
    early = await past.of("state", "ana", "--at", "2020-01-01T00:00:00Z")
    assert (early.exit_code, "their first event is of" in early.output) == (1, True), early.output
    unknown = await past.of("explain", "nobody")
    assert (unknown.exit_code, "Nothing has been heard of" in unknown.output) == (1, True)
