"""Workers of the smallest kind (tests/stream/toy.py), as processes and in the test's own loop."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from orchestrator.stream.admin import ensure_topics
from orchestrator.stream.app import StreamApp
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.records import Record
from tests.stream.oracle import read, states
from tests.stream.storm import plans
from tests.stream.toy import Topics


class Toy:
    """One worker as a process."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log
        self.pid = process.pid

    def said(self) -> str:
        """Its log so far."""
        return self._log.read_text(errors="replace")

    def terminate(self) -> None:
        """Tell it to stop."""
        self._process.terminate()

    def code(self, within: float) -> int:
        """Its exit code; fails if it still runs after `within` seconds."""
        return self._process.wait(timeout=within)

    def resident_mib(self) -> float:
        """The memory it occupies."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@contextmanager
def toy(prefix: str, kafka: str, logs: Path, **environment: str) -> Iterator[Toy]:
    """A worker on the topics of `prefix`; killed in the end if it still runs."""
    log = logs / f"toy-{len(list(logs.iterdir()))}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.stream.toy", prefix],
            env={
                **os.environ,
                "LOG_LEVEL": "INFO",
                "KAFKA_BOOTSTRAP_SERVERS": kafka,
                **environment,
            },
            stdout=sink,
            stderr=sink,
        )
    try:
        yield Toy(process, log)
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def started(app: StreamApp) -> AsyncIterator[StreamApp]:
    """A worker in this very loop, stopped in the end."""
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


async def make_topics(kafka: str, prefix: str, partitions: int) -> Topics:
    """The toy's topics."""
    await ensure_topics({"bootstrap_servers": kafka}, plans(prefix, partitions))
    return Topics.of(prefix)


async def write(kafka: str, topic: str, records: Iterable[Record], partitions: int = 1) -> None:
    """Write the records, by key, in order."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        groups: dict[int, list[Record]] = {number: [] for number in range(partitions)}
        for record in records:
            groups[partition_of(record.key or b"", partitions)].append(record)
        futures: list[Any] = []
        for number, group in groups.items():
            futures += await enqueue(producer, topic, number, group)
        await acknowledged(futures)
    finally:
        await producer.stop()


async def committed(kafka: str, group: str) -> Mapping[TopicPartition, int]:
    """The group's committed offsets."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {tp: found.offset for tp, found in offsets.items()}


async def counted(kafka: str, topics: Topics, partitions: int) -> int:
    """How many records the states have taken in so far."""
    settings = {"bootstrap_servers": kafka}
    changelog = await read(settings, topics.state, partitions)
    return sum(state.count for state in states(changelog).values())
