"""Workers of the product, and what they stand on, struck under load; the whole way judged.

    python -m tests.product.storm --seed 3 --events 40000
    python -m tests.product.storm --events 1000000 --rate 1500 --ordinary 0.8 --learners 5000 \\
        --every 20 --strikes kill stop freeze broker redis --guarantee exactly_once

Two workers. Tells every 10 s how far it is, and in the end prints a line of JSON; right is: faults
empty. Under exactly once no action is written twice; under at least once some are, with the same
id.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from orchestrator.clock import SystemClock
from orchestrator.embedded.server import Server
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.guarantee import Guarantee
from tests.product.house import Entry, House, school
from tests.product.oracle import Findings

LEARNERS = 300
SESSION_S = 6.0
STOP_WITHIN_S = 10.0
TELL_EVERY_S = 10.0
SETTLE_WITHIN_S = 300.0


class Strike(StrEnum):
    """What befalls a worker, or a server; whatever ends is started again."""

    KILL = "kill"
    STOP = "stop"
    FREEZE = "freeze"
    BROKER = "broker"
    REDIS = "redis"


@dataclass(frozen=True)
class Weather:
    """What a storm is made of. `rate`: events a second; `every_s`: mean time between strikes."""

    seed: int = 1
    events: int = 40_000
    rate: int = 1_000
    every_s: float = 6.0
    strikes: Sequence[Strike] = (Strike.KILL, Strike.STOP)
    guarantee: Guarantee = Guarantee.AT_LEAST_ONCE
    learners: int = LEARNERS
    ordinary: float = 0.0


@dataclass
class Verdict:
    """What the storm did, and what the oracle found.

    `bad_stops`: workers that did not end in order and in time; `crashes`: those that ended by
    themselves.
    """

    weather: Weather
    strikes: dict[str, int] = field(default_factory=dict)
    bad_stops: int = 0
    crashes: int = 0
    pending: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)

    @property
    def faults(self) -> dict[str, int]:
        """What is wrong, by name; empty is right."""
        own = {"bad_stops": self.bad_stops, "pending": self.pending, "crashes": self.crashes}
        if self.weather.guarantee is Guarantee.EXACTLY_ONCE:
            own["repeated_actions"] = self.findings.repeated_actions
        return {**self.findings.faults(), **{name: n for name, n in own.items() if n}}


async def storm(folder: Path, weather: Weather) -> Verdict:
    """One storm on servers of its own."""
    began = time.monotonic()
    settings = {
        "PROCESSING_GUARANTEE": weather.guarantee,
        "KAFKA_SESSION_TIMEOUT": str(SESSION_S),
    }
    async with House(folder, settings) as house:
        workers = [house.new_worker(), house.new_worker()]
        await asyncio.gather(*(asyncio.to_thread(worker.start) for worker in workers))
        entries = _days(weather)
        verdict = Verdict(weather)
        load = Load(house, entries, weather.rate)
        loading = asyncio.create_task(load.run())
        striking = Striking(house, workers, verdict, load)
        await striking.run(loading)
        await loading
        _tell(f"all {load.sent} events are written, {verdict.strikes}; settling")
        await striking.keep_while(house.settled(workers[0], weather.events, SETTLE_WITHIN_S))
        _tell("all has ended; reading it back")
        verdict.findings = await house.judge([str(event["id"]) for _, event in entries])
        verdict.findings.crashed = True
        verdict.pending = await house.pending(sorted({stream for stream, _ in entries}))
    verdict.seconds = round(time.monotonic() - began, 1)
    return verdict


def _days(weather: Weather) -> list[Entry]:
    """Events that happen when they are written, or a little before."""
    begin = SystemClock().now()
    end = begin + timedelta(seconds=weather.events / weather.rate)
    seed, ordinary = weather.seed, weather.ordinary
    return school(weather.events, weather.learners, seed, begin, end, ordinary=ordinary)


class Load:
    """Writes events at a rate; what could not be written in time follows at once."""

    def __init__(self, house: House, entries: list[Entry], rate: int) -> None:
        self._house = house
        self._entries = entries
        self._rate = rate
        self.sent = 0

    async def run(self) -> None:
        """Write all. What Redis did not acknowledge is written once more, with the same ids."""
        began = time.monotonic()
        async with Redis.from_url(self._house.valkey.url) as redis:
            while self.sent < len(self._entries):
                ready = int((time.monotonic() - began) * self._rate) + 1
                due = min(len(self._entries), self.sent + self._rate, ready)
                pipeline = redis.pipeline(transaction=False)
                for stream, event in self._entries[self.sent : due]:
                    pipeline.xadd(stream, {"data": msgspec.json.encode(event)})
                try:
                    await pipeline.execute()
                except (RedisError, OSError):
                    await asyncio.sleep(0.1)
                    continue
                self.sent = due
                await asyncio.sleep(0.01)


class Striking:
    """One strike after another while the load lasts, and a keeper who starts what has ended."""

    def __init__(
        self, house: House, workers: Sequence[WorkerProcess], verdict: Verdict, load: Load
    ) -> None:
        self._house = house
        self._workers = workers
        self._verdict = verdict
        self._load = load
        self._rng = random.Random(verdict.weather.seed)

    async def run(self, loading: "asyncio.Task[None]") -> None:
        """Return when the load has ended, and all runs."""
        weather = self._verdict.weather
        while not loading.done():
            pause = self._rng.uniform(0.5, 1.5) * weather.every_s
            await self._wait(loading, pause)
            if not loading.done():
                await self._strike(self._rng.choice(weather.strikes))
            await self._keep()

    async def keep_while(self, settling: Coroutine[Any, Any, None]) -> None:
        """Return when it has ended; who ends meanwhile is started again."""
        task = asyncio.ensure_future(settling)
        while not task.done():
            await asyncio.wait({task}, timeout=1.0)
            await self._keep()
        task.result()

    async def _wait(self, loading: "asyncio.Task[None]", seconds: float) -> None:
        until = time.monotonic() + seconds
        while not loading.done() and (left := until - time.monotonic()) > 0:
            await asyncio.wait({loading}, timeout=min(left, TELL_EVERY_S))
            _tell(f"{self._load.sent} events written, strikes {self._verdict.strikes}")
            await self._keep()

    async def _keep(self) -> None:
        for worker in self._workers:
            if not worker.is_running:
                self._verdict.crashes += 1
                _tell(f"a worker has ended: {worker.log.read_text()[-2_000:]}")
                await asyncio.to_thread(worker.start)

    async def _strike(self, how: Strike) -> None:
        strikes = self._verdict.strikes
        strikes[how.value] = strikes.get(how.value, 0) + 1
        worker = self._rng.choice(self._workers)
        match how:
            case Strike.KILL:
                await self._kill(worker)
            case Strike.STOP:
                await self._stop(worker)
            case Strike.FREEZE:
                await self._freeze(worker)
            case Strike.BROKER:
                await self._kill(self._house.kafka)
            case Strike.REDIS:
                await self._kill(self._house.valkey)

    async def _kill(self, server: Server) -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)

    async def _stop(self, worker: WorkerProcess) -> None:
        if not worker.is_running:
            return
        began = time.monotonic()
        await asyncio.to_thread(worker.stop, 2 * STOP_WITHIN_S)
        self._verdict.bad_stops += time.monotonic() - began > STOP_WITHIN_S
        await asyncio.to_thread(worker.start)

    async def _freeze(self, worker: WorkerProcess) -> None:
        os.kill(worker.pid, signal.SIGSTOP)
        await asyncio.sleep(SESSION_S + 3)
        os.kill(worker.pid, signal.SIGCONT)
        await asyncio.sleep(3)


def _tell(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def main() -> int:
    """The command line."""
    usual = Weather()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--events", type=int, default=usual.events)
    parser.add_argument("--rate", type=int, default=usual.rate, help="events a second")
    parser.add_argument("--every", type=float, default=usual.every_s, help="s between strikes")
    parser.add_argument("--strikes", nargs="+", type=Strike, default=usual.strikes)
    parser.add_argument("--guarantee", type=Guarantee, default=usual.guarantee)
    parser.add_argument("--learners", type=int, default=usual.learners)
    parser.add_argument("--ordinary", type=float, default=usual.ordinary, help="see school()")
    given = parser.parse_args()
    weather = Weather(
        given.seed,
        given.events,
        given.rate,
        given.every,
        given.strikes,
        given.guarantee,
        given.learners,
        given.ordinary,
    )
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        verdict = asyncio.run(storm(Path(folder), weather))
    print(json.dumps({**asdict(verdict), "faults": verdict.faults}))
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
