"""A candidate beside the policy in force shows what a backtest of the same events says."""

import asyncio
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from aiokafka import TopicPartition
from click.testing import CliRunner

from orchestrator.cli import main
from orchestrator.clock import SystemClock
from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.pair import CONTROL, WARM_UP, Pair
from orchestrator.comparison.summarising import summarise
from orchestrator.comparison.summary import (
    Comparison,
    Header,
    decode_comparison,
    encode_comparison,
)
from orchestrator.comparison.tally import Tally
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.times import micros
from orchestrator.operations.policies import known_trials
from orchestrator.read_model.trial_figures import TrialFigures
from orchestrator.settings import Settings
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore
from orchestrator.topics import EVENTS
from orchestrator.trial.figures import NOBODY
from tests.product.house import CONFIG, PARTITIONS, Entry, House, Worker, get, school
from tests.waiting import eventually

PART, LEARNERS = 1_200, 100


def orchestrator(house: House, *words: str) -> str:
    """What a command says."""
    servers = {"KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers}
    done = subprocess.run(
        [sys.executable, "-m", "orchestrator", *words],
        env={**os.environ, **servers},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


async def figures(house: House, trial: str) -> TrialFigures | None:
    """What stands of a trial in its topic."""
    settings = Settings(kafka_bootstrap_servers=(house.kafka.bootstrap_servers,))
    return (await known_trials(settings)).figures.get(trial)


async def counted(house: House, trial: str, events: int) -> Comparison:
    """The comparison once so many events are in it, and none is missing."""
    found: list[TrialFigures] = []

    async def is_whole() -> bool:
        told = await figures(house, trial)
        found[:] = [] if told is None else [told]
        denominators = told and told.comparison.denominators
        return bool(told and told.is_caught_up and denominators and denominators.eligible == events)

    await eventually(is_whole, within=40)
    return found[0].comparison


async def backtest(
    house: House, base: Policy, candidate: Policy, since: datetime, header: Header
) -> Comparison:
    """What all that stands in the topic says, when both are decided by base until `since`."""
    tally, coverage = Tally(), Coverage()
    log: dict[int, list[RawRecord]] = {number: [] for number in range(PARTITIONS)}
    await restore(
        {"bootstrap_servers": house.kafka.bootstrap_servers},
        [TopicPartition(EVENTS, number) for number in log],
        lambda _topic, number, records: log[number].extend(records),
    )
    for number, records in log.items():
        pair = Pair(number, base, candidate, Tally(), Coverage(), since=micros(since))
        pair.feed([r.offset for r in records], [r.key for r in records], [r.value for r in records])
        tally.merge(pair.tally)
        coverage.add(pair.coverage)
    for why in (WARM_UP, CONTROL):  # a shadow does not look at what was before it
        coverage.read -= coverage.skipped.pop(why)
    return summarise(tally, coverage, header, NOBODY)


def by_command(house: House, candidate: Path, since: datetime, folder: Path) -> Comparison:
    """What `orchestrator backtest` finds in the cluster's own topic, as it is typed."""
    result = folder / "found.json"
    words = ["backtest", "--candidate", candidate, "--from", since.isoformat(), "--warm-up", "30d"]
    done = CliRunner().invoke(
        main,
        [*map(str, words), "--json", str(result)],
        env={"KAFKA_BOOTSTRAP_SERVERS": house.kafka.bootstrap_servers},
    )
    assert done.exit_code == 2, done.output  # something differs
    return decode_comparison(result.read_bytes())


def owner_of_the_trials(workers: list[Worker]) -> Worker:
    """The worker whose child watches the trials (Linux)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if b"orchestrator.trial\0" in command:
            for worker in workers:
                if worker.pid == parent:
                    return worker
    raise AssertionError("nobody watches the trials")


def events_of(count: int, seed: int, since: datetime, until: datetime) -> list[Entry]:
    return [
        (stream, {**event, "id": f"{seed}-{event['id']}"})
        for stream, event in school(count, LEARNERS, seed, since, until)
    ]


async def test_a_shadow_shows_the_same_as_a_backtest_of_the_same_events(tmp_path: Path) -> None:
    text = (CONFIG / "policy.toml").read_text()
    file = tmp_path / "candidate.toml"
    file.write_text(text.replace("after_minutes = 25", "after_minutes = 10"))
    candidate = load_policy(file.read_text(), (CONFIG / "messages.en.toml").read_text())
    now = SystemClock().now()
    begin, middle = now - timedelta(hours=3), now - timedelta(hours=1)
    async with House(tmp_path) as house:
        workers = [house.new_worker(), house.new_worker()]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
        await house.add(events_of(PART, 1, begin - timedelta(hours=3), begin))
        await house.settled(workers[0], PART)
        said = await asyncio.to_thread(orchestrator, house, "policy", "shadow", str(file))
        trial = said.split()[0]
        await house.add(events_of(PART, 2, begin, middle))
        await counted(house, trial, PART)

        watching = owner_of_the_trials(workers)
        watching.kill()
        await house.add(events_of(PART, 3, middle, now))
        shown = await counted(house, trial, 2 * PART)

        expected = await backtest(house, house.policy, candidate, begin, shown.header)
        assert encode_comparison(shown) == encode_comparison(expected)
        found = await asyncio.to_thread(by_command, house, file, begin, tmp_path)
        assert found.header.gate is not None
        assert found.header.gate.identical
        for name in ("verdict", "actions", "slices", "harms", "levels", "outcomes"):
            assert getattr(found, name) == getattr(shown, name)
        assert found.denominators.evaluated == shown.denominators.evaluated
        assert any(row.added and row.moved for row in shown.actions)
        assert shown.most_changed == ()

        other = next(worker for worker in workers if worker is not watching)
        third = house.new_worker(SHADOW_POLICY_FILE=str(file))
        await asyncio.to_thread(third.start)
        for worker in (other, third):
            [told] = get(worker, "/stats")["trials"]
            assert (told["version"], told["events"]) == (candidate.version, 2 * PART)
            assert [row["added"] for row in told["actions"]] == [r.added for r in shown.actions]

        await asyncio.to_thread(orchestrator, house, "policy", "shadow", "--stop")
        await eventually(lambda: get(other, "/stats")["trials"][0]["ended_at"] is not None)
        await asyncio.to_thread(third.stop)
        await asyncio.to_thread(third.start)  # what was stopped is not proposed anew
        assert [each["reason"] for each in get(third, "/stats")["trials"]] == ["it was stopped"]
        assert (await house.judge()).faults() == {}
