"""Two workers of the product, killed and stopped and started again under load, whole way judged.

    python -m tests.product.storm --seed 3 --events 40000

Prints one line of JSON; right is: faults empty.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from orchestrator.clock import SystemClock
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from tests.product.house import Entry, House, school
from tests.product.oracle import Findings

RATE = 1_000
LEARNERS = 300
STREAMS = ("baseline", "slp", "sel", "coursework", "assessment", "learner")


@dataclass
class Verdict:
    """What the storm did, and what the oracle found."""

    seed: int
    guarantee: Guarantee
    kills: int
    stops: int
    bad_stops: int
    pending: int
    findings: Findings

    @property
    def faults(self) -> dict[str, int]:
        """What is wrong, by name; empty is right."""
        own = {"bad_stops": self.bad_stops, "pending": self.pending}
        if self.guarantee is Guarantee.EXACTLY_ONCE:
            own["repeated_actions"] = self.findings.repeated_actions
        return {**self.findings.faults(), **{name: n for name, n in own.items() if n}}


async def storm(
    folder: Path, seed: int, events: int, guarantee: Guarantee = Guarantee.AT_LEAST_ONCE
) -> Verdict:
    """One storm on servers of its own."""
    rng = random.Random(seed)
    async with House(folder, {"PROCESSING_GUARANTEE": guarantee}) as house:
        workers = [house.new_worker(), house.new_worker()]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
        since = SystemClock().now() - timedelta(seconds=events / RATE + 60)
        entries = school(events, LEARNERS, seed, since)
        loading = asyncio.create_task(_load(house, entries))
        kills, stops, bad_stops = await _strike(loading, workers, rng)
        await house.settled(workers[0], events, within=120)
        findings = await house.judge([str(event["id"]) for _, event in entries])
        pending = await house.pending(sorted({stream for stream, _ in entries}))
    return Verdict(seed, guarantee, kills, stops, bad_stops, pending, findings)


async def _load(house: House, entries: list[Entry]) -> None:
    began, sent = time.monotonic(), 0
    async with Redis.from_url(house.valkey.url) as redis:
        while sent < len(entries):
            due = min(len(entries), int((time.monotonic() - began) * RATE) + 1)
            pipeline = redis.pipeline(transaction=False)
            for stream, event in entries[sent:due]:
                pipeline.xadd(stream, {"data": msgspec.json.encode(event)})
            await pipeline.execute()
            sent = due
            await asyncio.sleep(0.01)


async def _strike(
    loading: asyncio.Task[None], workers: list[WorkerProcess], rng: random.Random
) -> tuple[int, int, int]:
    """Kill or stop one worker every 4 to 8 s while the load lasts; (kills, stops, bad stops)."""
    kills = stops = bad_stops = 0
    while not loading.done():
        await asyncio.wait({loading}, timeout=rng.uniform(4, 8))
        if loading.done():
            break
        worker = rng.choice(workers)
        if rng.choice([signal.SIGKILL, signal.SIGTERM]) is signal.SIGKILL:
            await asyncio.to_thread(worker.kill)
            kills += 1
        else:
            began = time.monotonic()
            await asyncio.to_thread(worker.stop, 20.0)
            bad_stops += time.monotonic() - began > 10.0
            stops += 1
        await asyncio.to_thread(worker.start)
    await loading
    return kills, stops, bad_stops


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--guarantee", type=Guarantee, default=Guarantee.AT_LEAST_ONCE)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        verdict = asyncio.run(storm(Path(folder), given.seed, given.events, given.guarantee))
    print(json.dumps({**asdict(verdict), "faults": verdict.faults}))
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
