"""The whole product on servers of its own, to be used, killed and looked into."""

import json
import random
import time
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from redis.asyncio import Redis

from orchestrator.clock import SystemClock
from orchestrator.core.ledger import Ledger
from orchestrator.core.policy import Policy, load_policy
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.sandbox import Sandbox
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.embedded.worker import WorkerProcess
from orchestrator.operations.ledger_run import settled_ledger
from orchestrator.operations.progress import Progress
from orchestrator.settings import Settings
from tests.product.oracle import Findings, judge, read_all
from tests.waiting import eventually

CONFIG = Path(__file__).resolve().parents[2] / "config"
PARTITIONS = 12

Entry = tuple[str, Mapping[str, Any]]
"""(stream, event)"""


def shipped_policy() -> Policy:
    """The policy that the product comes with."""
    policy, messages = CONFIG / "policy.toml", CONFIG / "messages.en.toml"
    return load_policy(policy.read_text(), messages.read_text())


class Worker(WorkerProcess):
    """A worker that remembers whether it was killed."""

    was_killed = False

    def kill(self) -> None:
        """End it at once."""
        self.was_killed = True
        super().kill()


class House:
    """Kafka, Valkey, a sandbox in this process, and as many workers as are started."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._settings = dict(settings or {})
        self.kafka = EmbeddedKafka(folder / "kafka")
        self.valkey = EmbeddedValkey(folder / "valkey")
        self.sandbox = Sandbox()
        self.workers: list[Worker] = []
        self.policy = shipped_policy()
        self.later_policies: list[Policy] = []

    async def __aenter__(self) -> Self:
        self.kafka.start()
        self.valkey.start()
        await self.sandbox.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self.workers:
            worker.kill()
        await self.sandbox.stop()
        self.valkey.kill()
        self.kafka.kill()

    def new_worker(self, **settings: str) -> Worker:
        """A worker of this house's cluster, not started yet."""
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "REDIS_URL": self.valkey.url,
            "LEARNER_SVC_URL": self.sandbox.url,
            "NOTIFICATION_SVC_URL": self.sandbox.url,
            "POLICY_FILE": str(CONFIG / "policy.toml"),
            "MESSAGES_FILE": str(CONFIG / "messages.en.toml"),
            "KAFKA_SESSION_TIMEOUT": "6",
            **self._settings,
            **settings,
        }
        worker = Worker(self._folder / f"worker-{len(self.workers)}", None, environment)
        self.workers.append(worker)
        return worker

    async def add(self, entries: list[Entry]) -> None:
        """XADD events, each in the field `data`."""
        async with Redis.from_url(self.valkey.url) as redis:
            pipeline = redis.pipeline(transaction=False)
            for stream, event in entries:
                pipeline.xadd(stream, {"data": msgspec.json.encode(event)})
            await pipeline.execute()

    async def pending(self, streams: list[str]) -> int:
        """Entries that a lane was given and has not acknowledged."""
        async with Redis.from_url(self.valkey.url) as redis:
            found = [await redis.xpending(s, "orchestrator-consumer-group") for s in streams]
        return sum(answer["pending"] for answer in found)

    async def read_to_the_end(self, entries: list[Entry], within: float = 60.0) -> None:
        """Wait until all that stands in the entries' streams is in Kafka, and Redis knows it."""
        streams = sorted({stream for stream, _ in entries})

        async def read() -> bool:
            async with Redis.from_url(self.valkey.url) as redis:
                groups = [group for s in streams for group in await redis.xinfo_groups(s)]
            return not any(group["pending"] or group["lag"] for group in groups)

        await eventually(read, within)

    async def settled(self, worker: WorkerProcess, events: int, within: float = 60.0) -> None:
        """Wait until so many events are decided, duplicate, late or refused, and all is sent."""

        def done() -> bool:
            figures = get(worker, "/stats")
            return bool(
                figures["total_events_received"] >= events
                and figures["events_in_flight"] == 0
                and figures["actions_pending"] == 0
            )

        await eventually(done, within)

    async def judge(self, inputs: list[str] | None = None) -> Findings:
        """What the oracle finds."""
        log = await read_all(self.kafka.bootstrap_servers, PARTITIONS)
        applied = self.sandbox.calls.applied_keys()
        findings = judge(log, self.policy, applied, inputs, self.later_policies)
        findings.crashed = any(worker.was_killed for worker in self.workers)
        findings.unexplained = sum((await self.ledger()).differences().values())
        return findings

    async def ledger(self, within: float = 60.0) -> Ledger:
        """The ledger as Kafka tells it, once all in it is explained, or so many seconds later."""
        kafka = {"bootstrap_servers": self.kafka.bootstrap_servers}
        group = Settings().application_id
        silent = Progress(lambda _line: None, time.monotonic)
        return await settled_ledger(kafka, group, within, silent)


def get(worker: WorkerProcess, path: str) -> dict[str, Any]:
    """The JSON of a GET."""
    with urllib.request.urlopen(worker.url + path, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def post(worker: WorkerProcess, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a POST."""
    request = urllib.request.Request(
        worker.url + path,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def erase(worker: WorkerProcess, tenant: str, learner: str) -> dict[str, Any]:
    """The receipt of a DELETE, or the problem."""
    url = f"{worker.url}/learners/{learner}?tenant_id={tenant}"
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=15) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def school(
    count: int,
    learners: int,
    seed: int,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    ordinary: float = 0.0,
) -> list[Entry]:
    """Events of all kinds, each learner's in order of time; usually over six hours that end now.

    `ordinary`: the share of coursework of the middling sort, which hardly calls for anything; of
    the other events most call for something.
    """
    rng = random.Random(seed)
    end = until or SystemClock().now()
    at = since or end - timedelta(hours=6)
    step = (end - at) / (count + 1)
    return [_event(number, at + step * number, learners, rng, ordinary) for number in range(count)]


def _event(number: int, at: datetime, learners: int, rng: random.Random, ordinary: float) -> Entry:
    make = _middling if ordinary and rng.random() < ordinary else rng.choice(KINDS)
    stream, kind, data = make(rng)
    event = {
        "id": f"event-{number}",
        "type": kind,
        "tenant_id": f"tenant-{rng.randrange(3)}",
        "learner_id": f"learner-{rng.randrange(learners)}",
        "timestamp": at.isoformat(),
        "data": data,
    }
    return f"aivo.events.{stream}", event


def _coursework(rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    metrics = {"accuracy": round(rng.random(), 2), "engagement": round(rng.random(), 2)}
    gaps = ["fractions"] if rng.random() < 0.2 else []
    data = {"performance_metrics": metrics, "learning_gaps": gaps, "session_duration": 5}
    return "coursework", "COURSEWORK_ANALYZED", data


def _middling(rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    metrics = {
        "accuracy": round(rng.uniform(0.5, 0.8), 2),
        "engagement": round(rng.uniform(0.5, 1.0), 2),
    }
    return "coursework", "COURSEWORK_ANALYZED", {"performance_metrics": metrics}


def _assessment(rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    return "assessment", "ASSESSMENT_COMPLETE", {"score": round(rng.random(), 2)}


def _progress(rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    return "learner", "LEARNER_PROGRESS", {"performance_score": round(rng.random(), 2)}


def _alert(rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    severity = rng.choice(["low", "medium", "high"])
    return "sel", "SEL_ALERT", {"alert_type": "anxiety", "severity": severity}


def _baseline(rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    return "baseline", "BASELINE_COMPLETE", {"overall_score": round(rng.random(), 2)}


KINDS = (_coursework, _coursework, _coursework, _assessment, _progress, _alert, _baseline)
