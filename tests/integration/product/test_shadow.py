"""A candidate beside the policy in force: what is shown is what a backtest of the same events says."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from orchestrator.clock import SystemClock
from orchestrator.operations.policies import known_trials
from orchestrator.read_model.trial_figures import TrialFigures
from orchestrator.settings import Settings
from tests.product.house import CONFIG, House, school
from tests.waiting import eventually

BEFORE, AFTER, LEARNERS = 1_500, 1_500, 150


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
    settings = Settings(kafka_bootstrap_servers=(house.kafka.bootstrap_servers,))
    return (await known_trials(settings)).figures.get(trial)


async def test_a_shadow_shows_the_same_as_a_backtest_of_the_same_events(tmp_path: Path) -> None:
    text = (CONFIG / "policy.toml").read_text()
    candidate = tmp_path / "candidate.toml"
    candidate.write_text(text.replace("after_minutes = 25", "after_minutes = 10"))
    now = SystemClock().now()
    start = now - timedelta(hours=3)
    async with House(tmp_path) as house:
        workers = [house.new_worker(), house.new_worker()]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
        early = school(BEFORE, LEARNERS, 5, start - timedelta(hours=3), start)
        await house.add(early)
        await house.settled(workers[0], BEFORE)
        said = await asyncio.to_thread(orchestrator, house, "policy", "shadow", str(candidate))
        trial = said.split()[0]
        late = [
            (stream, {**event, "id": f"late-{event['id']}"})
            for stream, event in school(AFTER, LEARNERS, 6, start, now)
        ]
        await house.add(late)
        await house.settled(workers[0], BEFORE + AFTER)

        async def is_whole() -> bool:
            found = await figures(house, trial)
            print(found and (found.behind, found.comparison.denominators))
            return found is not None and found.comparison.denominators.read >= AFTER

        await eventually(is_whole, within=30)
