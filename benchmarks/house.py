"""What the benchmarks share: servers of their own, the load, and the meters."""

import asyncio
import os
import random
import time
from collections.abc import Coroutine
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import uvloop
from redis.asyncio import Redis

from benchmarks.events import make_event
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.ports import free_port
from orchestrator.embedded.sandboxed import SandboxProcess
from orchestrator.embedded.server import HOST
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.stream import connection

T = TypeVar("T")

LEARNERS = 2_000
TICK_S = 0.005
CONFIG = Path(__file__).resolve().parents[1] / "config"


class House:
    """A Kafka, a Valkey and a sandbox in a folder, running within `with`; workers move in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.kafka = EmbeddedKafka(folder / "kafka")
        self.valkey = EmbeddedValkey(folder / "valkey")
        self.sandbox = SandboxProcess(folder / "sandbox", free_port(HOST))
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as servers:
            for server in (self.kafka, self.valkey, self.sandbox):
                servers.enter_context(server)
            self._servers = servers.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._servers.close()

    def worker(self, name: str = "worker", **settings: str) -> WorkerProcess:
        """A worker of this house, not started yet; `settings` by their names in the README."""
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "REDIS_URL": self.valkey.url,
            "LEARNER_SVC_URL": self.sandbox.url,
            "NOTIFICATION_SVC_URL": self.sandbox.url,
            "POLICY_FILE": str(CONFIG / "policy.toml"),
            "MESSAGES_FILE": str(CONFIG / "messages.en.toml"),
            "LOG_LEVEL": "WARNING",
        }
        return WorkerProcess(self._folder / name, None, environment | settings)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in an event loop such as a worker has."""
    connection.use_everywhere()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def load(url: str, rate: int, seconds: float, rng: random.Random) -> int:
    """Write `rate` events a second, evenly; returns how many."""
    sent, began = 0, time.monotonic()
    async with Redis.from_url(url) as redis:
        while (now := time.monotonic() - began) < seconds:
            pipeline = redis.pipeline(transaction=False)
            for number in range(sent, int(now * rate)):
                stream, event = make_event(number, rng, LEARNERS, datetime.now(UTC))
                pipeline.xadd(stream, {"data": msgspec.json.encode(event)})
                sent += 1
            await pipeline.execute()
            await asyncio.sleep(TICK_S)
    return sent


def percentile(sorted_values: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """What a process holds of the machine's memory now (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
