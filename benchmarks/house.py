"""What the benchmarks share: servers of their own, the load, and the meters."""

import asyncio
import json
import os
import random
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import hiredis
import msgspec
import uvloop
from redis.asyncio import Redis
from yarl import URL

from benchmarks.events import make_event
from benchmarks.record import Figures, Spread, spread
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.ports import free_port
from orchestrator.embedded.sandboxed import SandboxProcess
from orchestrator.embedded.server import HOST
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.plan import ensure_all_topics
from orchestrator.settings import load_settings
from orchestrator.settings.table import EVENT_STREAMS
from orchestrator.stream import client_parts
from orchestrator.stream.app import StreamApp
from orchestrator.stream.records import Sender

T = TypeVar("T")

LEARNERS = 2_000
TICK_S = 0.005
WRITTEN_AT_ONCE = 1_000
LOOK_EVERY_S = 0.2
DONE_WITHIN_S = 30.0
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


class Child:
    """A process of its own, fresh and empty, that runs a function and sends what it has found.

    `work` is a module's function; its first argument takes what is to be sent, which `receive`
    gives here. It ends with this process at the latest.
    """

    def __init__(self, work: Callable[..., object], *arguments: object) -> None:
        fresh = get_context("spawn")
        self._here, there = fresh.Pipe()
        self._process = fresh.Process(target=work, args=(there.send, *arguments), daemon=True)
        self._process.start()
        there.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    async def receive(self) -> Any:
        """What it sends next. Raises EOFError if it has ended without."""
        return await asyncio.to_thread(self._here.recv)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._process.terminate()
        self._process.join()


@asynccontextmanager
async def kafka_of_the_product(folder: Path, partitions: int) -> AsyncIterator[EmbeddedKafka]:
    """A Kafka by itself, with all the topics that a worker asks for."""
    with EmbeddedKafka(folder / "kafka") as kafka:
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "TOPIC_PARTITIONS": str(partitions),
            "POLICY_FILE": str(CONFIG / "policy.toml"),
            "MESSAGES_FILE": str(CONFIG / "messages.en.toml"),
        }
        await ensure_all_topics(load_settings(environment))
        yield kafka


@asynccontextmanager
async def sender_to(kafka: EmbeddedKafka) -> AsyncIterator[Sender]:
    """What a worker's rooms write by, without the worker."""
    app = StreamApp("sender", bootstrap_servers=[kafka.bootstrap_servers], web_enabled=False)
    await app.producer.start()
    try:
        yield app.sender
    finally:
        await app.producer.stop()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in an event loop such as a worker has."""
    client_parts.use_ours()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def load(url: str, rate: int, seconds: float, rng: random.Random) -> int:
    """Write `rate` events a second, evenly; returns how many.

    By commands packed and written at once: redis-py's pipeline took a seventh of a core at 2,000
    a second, which is to be the worker's.
    """
    sent, began = 0, time.monotonic()
    address = URL(url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    replies = hiredis.Reader()
    while (now := time.monotonic() - began) < seconds:
        commands = [_xadd(number, rng) for number in range(sent, int(now * rate))]
        writer.write(b"".join(commands))
        for _ in commands:
            while (reply := replies.gets()) is False:
                replies.feed(await reader.read(65_536))
            if isinstance(reply, Exception):
                raise reply
        sent += len(commands)
        await asyncio.sleep(TICK_S)
    writer.close()
    return sent


def _xadd(number: int, rng: random.Random) -> bytes:
    stream, event = make_event(number, rng, LEARNERS, datetime.now(UTC))
    words: tuple[Any, ...] = ("XADD", stream, "*", "data", msgspec.json.encode(event))
    command: bytes = hiredis.pack_command(words)
    return command


async def fill(
    url: str,
    events: int,
    rng: random.Random,
    streams: Sequence[str] = EVENT_STREAMS,
    learners: int = LEARNERS,
) -> int:
    """Write so many events as fast as may be, to one stream after the other; returns how many."""
    async with Redis.from_url(url) as redis:
        for first in range(0, events, WRITTEN_AT_ONCE):
            pipeline = redis.pipeline(transaction=False)
            for number in range(first, min(first + WRITTEN_AT_ONCE, events)):
                _, event = make_event(number, rng, learners, datetime.now(UTC))
                stream = streams[number % len(streams)]
                pipeline.xadd(stream, {"data": msgspec.json.encode(event)})
            await pipeline.execute()
    return events


async def first(
    look: Callable[[], Awaitable[T]], good: Callable[[T], bool], every_s: float = LOOK_EVERY_S
) -> T:
    """Look again and again; returns the first that is good."""
    while not good(found := await look()):  # noqa: ASYNC110 - what is looked at tells nobody
        await asyncio.sleep(every_s)
    return found


async def until(condition: Callable[[], bool], every_s: float = 0.01) -> None:
    """Look again and again, and return when it holds."""
    while not condition():  # noqa: ASYNC110 - the same
        await asyncio.sleep(every_s)


async def done(worker: WorkerProcess, events: int) -> dict[str, Any]:
    """The cluster's figures, once so many events are decided and all their actions have ended.

    Raises TimeoutError if they do not get on for DONE_WITHIN_S.
    """
    before: dict[str, Any] = {}
    while True:
        moved = partial(_has_moved, before)
        async with asyncio.timeout(DONE_WITHIN_S):
            found: dict[str, Any] = await first(partial(statistics, worker), moved)
        if found["total_events_processed"] >= events and not found["actions_pending"]:
            return found
        before = found


def _has_moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a worker has got on in between."""
    names = ("total_events_processed", "actions_pending")
    return any(before.get(name) != now[name] for name in names)


async def statistics(worker: WorkerProcess) -> dict[str, Any]:
    """What the worker says of the cluster: GET /stats."""
    return dict(await asyncio.to_thread(_json, f"{worker.url}/stats"))


async def calls(sandbox: SandboxProcess, newest: int) -> dict[str, Any]:
    """What the sandbox got: GET /calls."""
    return dict(await asyncio.to_thread(_json, f"{sandbox.url}/calls?limit={newest}"))


def _json(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


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


def summary(taken: Sequence[Figures], speed: str) -> dict[str, Any]:
    """Of repeated runs: the spread of the figure named `speed`, and the middle of each other."""
    found = {name: spread([each[name] for each in taken]) for name in taken[0]}
    speeds = found.pop(speed)
    return {speed: speeds._asdict()} | {name: each.middle for name, each in found.items()}


def table(columns: Mapping[str, Figures]) -> str:
    """A line a figure, a column a name; all columns have the same figures."""
    lines = [f"{'':40}" + "".join(f"{name:>28}" for name in columns)]
    for row in next(iter(columns.values())):
        cells = "".join(f"{_text(column[row]):>28}" for column in columns.values())
        lines.append(f"{row:40}{cells}")
    return "\n".join(lines)


def _text(figure: Any) -> str:
    """A spread, a number or a word; nothing, where it could not be had."""
    if figure is None:
        return "never"
    if isinstance(figure, Mapping):
        return str(Spread(**figure))
    return figure if isinstance(figure, str) else f"{figure:,.2f}"
