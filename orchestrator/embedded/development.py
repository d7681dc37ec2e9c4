"""Everything on this machine: Kafka, Valkey, sandbox downstreams, a worker, a classroom."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from orchestrator.clock import SystemClock
from orchestrator.embedded.classroom import Classroom, publish
from orchestrator.embedded.jars import Progress
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.sandbox import Sandbox
from orchestrator.embedded.server import HOST, Server
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.embedded.worker import WorkerProcess

Say = Callable[[str], None]
T = TypeVar("T")

EVENTS_PER_LEARNER_S = 0.15
RESTART_AFTER_S = 1.0
WORKER_STOPS_WITHIN_S = 9.5


@dataclass(frozen=True)
class Wanted:
    """What to run, and where. `data` None: thrown away at the end."""

    classroom: int
    data: Path | None
    config: Path
    web_port: int
    sandbox_port: int
    kafka_port: int
    redis_port: int


async def develop(wanted: Wanted, say: Say) -> int:
    """Run all of it until SIGINT or SIGTERM; returns the exit code.

    Raises PortTakenError or EmbeddedServerError if something cannot be started.
    """
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(_folder(wanted))
        house = House(wanted, folder, say)
        await stack.enter_async_context(house.servers(told))
        say(house.welcome())
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(house.keep_worker()),
            *house.classroom(),
        ]
        try:
            await _first_of(told, tasks)
        finally:
            say("Stopping …")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    say("All stopped.")
    return 0


class House:
    """The servers of one run."""

    def __init__(self, wanted: Wanted, folder: Path, say: Say) -> None:
        self._wanted = wanted
        self._say = say
        self._bar = Bar(say)
        self._kafka = EmbeddedKafka(folder / "kafka", wanted.kafka_port, self._bar.show)
        self._valkey = EmbeddedValkey(folder / "valkey", wanted.redis_port)
        self._sandbox = Sandbox(HOST, wanted.sandbox_port)
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{wanted.kafka_port}",
            "REDIS_URL": f"redis://{HOST}:{wanted.redis_port}/0",
            "LEARNER_SVC_URL": self._sandbox.url,
            "NOTIFICATION_SVC_URL": self._sandbox.url,
            "POLICY_FILE": str(wanted.config / "policy.toml"),
            "MESSAGES_FILE": str(wanted.config / "messages.en.toml"),
            "KAFKA_SESSION_TIMEOUT": "6",
        }
        self._worker = WorkerProcess(folder / "worker", wanted.web_port, environment)

    @asynccontextmanager
    async def servers(self, told: asyncio.Event) -> AsyncIterator[None]:
        """Start them in the order in which they need one another; stop them the other way round."""
        try:
            await self._sandbox.start()
            self._say("Kafka and Valkey …")
            await _or_leave(told, self._both())
            self._say("The worker …")
            await _or_leave(told, asyncio.to_thread(self._worker.start))
            yield
        finally:
            await asyncio.to_thread(self._worker.stop, WORKER_STOPS_WITHIN_S)
            await self._sandbox.stop()
            await asyncio.gather(*(self._end(s) for s in (self._valkey, self._kafka)))

    async def _both(self) -> None:
        await asyncio.gather(
            asyncio.to_thread(self._kafka.start), asyncio.to_thread(self._valkey.start)
        )

    async def _end(self, server: Server) -> None:
        """What is thrown away need not be put in order first."""
        await asyncio.to_thread(server.stop if self._wanted.data else server.kill)

    async def keep_worker(self) -> None:
        """Start the worker again whenever it ends, as the service manager of a cluster would."""
        while True:
            await asyncio.sleep(RESTART_AFTER_S)
            if not self._worker.is_running:
                self._say(f"The worker has ended, see {self._worker.log}. Starting it again …")
                await asyncio.to_thread(self._worker.start)
                self._say("The worker is back.")

    def classroom(self) -> list[asyncio.Task[int]]:
        """The simulated learners, if any are wanted."""
        count = self._wanted.classroom
        if not count:
            return []
        clock = SystemClock()
        learners = Classroom(count, clock.now().isoformat(), clock.now() - timedelta(minutes=1))
        rate = max(1.0, count * EVENTS_PER_LEARNER_S)
        return [asyncio.create_task(publish(self._valkey.url, learners, rate, clock))]

    def welcome(self) -> str:
        """Where to look, and a first thing to try."""
        web, sandbox = self._worker.url, self._sandbox.url
        return WELCOME.format(
            learners=self._wanted.classroom,
            web=web,
            sandbox=sandbox,
            kafka=self._kafka.bootstrap_servers,
            redis=self._valkey.url,
            redis_port=self._valkey.port,
            log=self._worker.log,
        )


WELCOME = """
The orchestrator is up, with {learners} simulated learners.

  look at it  {web}/            (a page: health, learners, and why each break was given)
  health      {web}/health
  figures     {web}/stats
  calls made  {sandbox}/            (the sandbox that stands for learner-svc, notification-svc)
  Kafka       {kafka}  (for commands: export KAFKA_BOOTSTRAP_SERVERS={kafka})
  Redis       {redis}
  worker log  {log}

Try it: a child has finished the first assessment.

  curl -s {web}/internal/trigger -H 'Content-Type: application/json' -d '{{
    "type": "BASELINE_COMPLETE", "tenant_id": "tenant-456", "learner_id": "learner-123",
    "data": {{"overall_score": 0.75, "strengths": ["reading", "math_basics"],
              "challenges": ["writing", "complex_math"]}}}}'

Ctrl-C ends all of it.
"""


class Bar:
    """Tells of the one download, at every tenth megabyte."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._received: dict[str, int] = {}
        self._told_mb = -1

    def show(self, progress: Progress) -> None:
        """Called from the thread that downloads, for each piece that arrives."""
        self._received[progress.name] = progress.received
        megabytes = sum(self._received.values()) // 1_000_000
        if megabytes // 5 > self._told_mb // 5 or self._told_mb < 0:
            self._told_mb = megabytes
            self._say(f"  fetching Kafka, once: jar {progress.number} of {progress.jars}, "
                      f"{megabytes} MB of about 43")  # fmt: skip


@asynccontextmanager
async def _folder(wanted: Wanted) -> AsyncIterator[Path]:
    if wanted.data is not None:
        wanted.data.mkdir(parents=True, exist_ok=True)
        yield wanted.data
        return
    folder = Path(tempfile.mkdtemp(prefix="orchestrator-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _or_leave(told: asyncio.Event, work: Awaitable[T]) -> T:
    """The result of `work`, unless we are told to stop first.

    A start that runs in a thread cannot be called off; leaving at once can be: the children see
    that their owner is gone, and end.
    """
    task = asyncio.ensure_future(work)
    stop = asyncio.ensure_future(told.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        os._exit(130)
    stop.cancel()
    return await task


async def _first_of(told: asyncio.Event, tasks: list[asyncio.Task[Any]]) -> None:
    stop = asyncio.ensure_future(told.wait())
    done, _ = await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    for task in done - {stop}:
        with contextlib.suppress(asyncio.CancelledError):
            task.result()
