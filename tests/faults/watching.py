"""What a worker says of itself while something is wrong: /health, /metrics, its log, its memory."""

import asyncio
import json
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

from orchestrator.embedded.worker import WorkerProcess
from tests.product.house import get
from tests.waiting import eventually

Component = tuple[str, str]
"""(status, detail)"""


def health(worker: WorkerProcess) -> dict[str, Any]:
    """GET /health, whatever its status."""
    try:
        return get(worker, "/health")
    except urllib.error.HTTPError as error:
        with error:
            found: dict[str, Any] = json.load(error)
        return found


def component(worker: WorkerProcess, name: str) -> Component:
    """One part of /health."""
    part = health(worker)["components"][name]
    return part["status"], part["detail"]


def redis(worker: WorkerProcess) -> Component:
    """How the worker's lanes are."""
    return component(worker, "redis_connection")


async def redis_is(worker: WorkerProcess, status: str, within: float = 60.0) -> str:
    """Wait until the lanes are so; their detail."""

    async def is_so() -> bool:
        return (await asyncio.to_thread(redis, worker))[0] == status

    await eventually(is_so, within)
    return redis(worker)[1]


async def all_ended(worker: WorkerProcess, events: int, within: float = 90.0) -> dict[str, Any]:
    """Wait until so many events have ended, repeats not counted, and so have all their actions."""

    def done() -> bool:
        told = get(worker, "/stats")
        ended = told["total_events_processed"] + told["late"] + told["dead_letters"]
        return bool(ended >= events and told["events_in_flight"] == told["actions_pending"] == 0)

    await eventually(done, within)
    return get(worker, "/stats")


def lane_counts(worker: WorkerProcess, stream: str) -> Counter[str]:
    """What the worker counts of one stream's entries, by result."""
    with urllib.request.urlopen(worker.url + "/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    found = Counter[str]()
    for line in lines:
        if line.startswith("orchestrator_bridge_entries_total{") and f'stream="{stream}"' in line:
            labels, _, value = line.rpartition(" ")
            found[labels.partition('result="')[2].partition('"')[0]] = int(float(value))
    return found


def logged(worker: WorkerProcess, event: str) -> list[dict[str, Any]]:
    """The lines of the worker's log that tell of this, since it was started last."""
    return [line for line in _lines(worker.log) if line.get("event") == event]


def _lines(path: Path) -> list[dict[str, Any]]:
    """A line that is no JSON is a fault of its own: something is not logged as it should be."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def peak_memory(worker: WorkerProcess) -> int:
    """Bytes of memory that the worker has held at most."""
    for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel does not tell")
