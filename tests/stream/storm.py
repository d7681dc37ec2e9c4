"""Two workers, killed and stopped and started again under load, against a pure fold of the topic.

    python -m tests.stream.storm --seed 3 --events 40000

needs KAFKA_BOOTSTRAP_SERVERS. Prints one line; right is: wrong 0, missing 0, unexpected 0.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition

from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.stream.batch import RawRecord
from orchestrator.stream.producer import acknowledged, enqueue, partition_of
from orchestrator.stream.records import Record
from orchestrator.stream.restore import restore
from tests.stream.toy import Folded, Topics, step

PARTITIONS = 6
WORKERS = 2
RATE = 4_000
KEYS = 500


@dataclass
class Verdict:
    """What the storm did, and whether anything was lost, doubled or disordered by it."""

    seed: int
    events: int
    kills: int
    learners: int
    wrong: int
    actions: int
    missing: int
    repeated: int
    unexpected: int
    disordered: int
    bad_stops: int
    idle_s: float

    @property
    def holds(self) -> bool:
        """At least once: repeats are allowed, nothing else is."""
        return not (
            self.wrong or self.missing or self.unexpected or self.disordered or self.bad_stops
        )


class Fleet:
    """The workers, and what has been done to them."""

    def __init__(self, prefix: str, bootstrap: str, rng: random.Random, logs: Path) -> None:
        self._environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": bootstrap}
        self._prefix = prefix
        self._rng = rng
        self._logs = logs
        self.kills = 0
        self.bad_stops = 0
        self.workers = [self._start(number) for number in range(WORKERS)]

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with (self._logs / f"{self._prefix}-{number}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.stream.toy", self._prefix],
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def strike(self) -> None:
        """Kill or stop one worker, and start it again."""
        number = self._rng.randrange(WORKERS)
        how = self._rng.choice([signal.SIGKILL, signal.SIGTERM])
        self.workers[number].send_signal(how)
        code = self.workers[number].wait(timeout=30)
        self.bad_stops += how == signal.SIGTERM and code != 0
        self.kills += 1
        self.workers[number] = self._start(number)

    def crashed(self) -> bool:
        return any(worker.poll() is not None for worker in self.workers)

    def stop(self) -> None:
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            self.bad_stops += worker.wait(timeout=30) != 0


async def storm(bootstrap: str, seed: int, events: int, logs: Path) -> Verdict:
    """Run one storm on topics of its own."""
    rng = random.Random(seed)
    prefix = f"storm-{seed}-{uuid.uuid4().hex[:6]}"
    topics = Topics.of(prefix)
    plans = [
        TopicPlan(topics.source, PARTITIONS, 1, {}),
        TopicPlan(topics.actions, PARTITIONS, 1, {}),
        TopicPlan(topics.state, PARTITIONS, 1, {"cleanup.policy": "compact"}),
    ]
    settings = {"bootstrap_servers": bootstrap}
    await ensure_topics(settings, plans)
    fleet = Fleet(prefix, bootstrap, rng, logs)
    try:
        await _load(bootstrap, topics.source, events, fleet, rng)
        idle_s = await _settle(settings, topics, fleet)
    finally:
        await asyncio.to_thread(fleet.stop)
    return await _judge(settings, topics, seed, fleet, idle_s)


async def _load(bootstrap: str, topic: str, events: int, fleet: Fleet, rng: random.Random) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    began, strike_at, sent = time.monotonic(), 6.0, 0
    try:
        while sent < events:
            due = min(events, int((time.monotonic() - began) * RATE))
            groups: dict[int, list[Record]] = defaultdict(list)
            for number in range(sent, due):
                key = b"key-%d" % rng.randrange(KEYS)
                groups[partition_of(key, PARTITIONS)].append(Record(key, b"e%d" % number))
            futures = []
            for partition, records in groups.items():
                futures += await enqueue(producer, topic, partition, records)
            await acknowledged(futures)
            sent = due
            if time.monotonic() - began > strike_at and sent < events * 0.9:
                await asyncio.to_thread(fleet.strike)
                strike_at += rng.uniform(4, 8)
            await asyncio.sleep(0.005)
    finally:
        await producer.stop()


async def _settle(settings: dict[str, Any], topics: Topics, fleet: Fleet) -> float:
    """Wait until the state covers the whole source; returns how long that took, in seconds."""
    began = time.monotonic()
    while time.monotonic() - began < 60 and not fleet.crashed():
        source, state = await _source(settings, topics), await _states(settings, topics)
        newest = {key: folded.offset for key, folded in state.items()}
        if all(newest.get(key) == offset for key, offset in _last_offsets(source).items()):
            break
        await asyncio.sleep(0.5)
    return time.monotonic() - began


async def _judge(
    settings: dict[str, Any], topics: Topics, seed: int, fleet: Fleet, idle_s: float
) -> Verdict:
    source = await _source(settings, topics)
    want_state, want_actions = _fold(source)
    got_state = await _states(settings, topics)
    got_actions = await _read(settings, topics.actions)
    counts = Counter(record.value for records in got_actions.values() for record in records)
    wanted = {action for actions in want_actions.values() for action in actions}
    return Verdict(
        seed=seed,
        events=sum(len(records) for records in source.values()),
        kills=fleet.kills,
        learners=len(want_state),
        wrong=sum(got_state.get(key) != state for key, state in want_state.items()),
        actions=len(wanted),
        missing=len(wanted - set(counts)),
        repeated=sum(count > 1 for count in counts.values()),
        unexpected=len(set(counts) - wanted),
        disordered=_disordered(want_actions, got_actions),
        bad_stops=fleet.bad_stops,
        idle_s=round(idle_s, 1),
    )


def _fold(
    source: dict[int, list[RawRecord]],
) -> tuple[dict[bytes, Folded], dict[bytes, list[bytes]]]:
    states: dict[bytes, Folded] = {}
    actions: dict[bytes, list[bytes]] = defaultdict(list)
    for records in source.values():
        for record in records:
            key, value = record.key or b"", record.value or b""
            states[key], action = step(states.get(key, Folded()), record.offset, value)
            if action is not None:
                actions[key].append(action)
    return states, actions


def _disordered(want: dict[bytes, list[bytes]], got: dict[int, list[RawRecord]]) -> int:
    """Keys whose actions, each taken at its first appearance, came in another order."""
    first: dict[bytes, dict[bytes, None]] = defaultdict(dict)
    for records in got.values():
        for record in records:
            first[record.key or b""].setdefault(record.value or b"")
    return sum(list(first[key]) != actions for key, actions in want.items())


async def _read(settings: dict[str, Any], topic: str) -> dict[int, list[RawRecord]]:
    found: dict[int, list[RawRecord]] = {number: [] for number in range(PARTITIONS)}
    tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    await restore(settings, tps, lambda _topic, number, records: found[number].extend(records))
    return found


async def _source(settings: dict[str, Any], topics: Topics) -> dict[int, list[RawRecord]]:
    return await _read(settings, topics.source)


async def _states(settings: dict[str, Any], topics: Topics) -> dict[bytes, Folded]:
    changelog = await _read(settings, topics.state)
    return {
        record.key or b"": msgspec.msgpack.decode(record.value or b"", type=Folded)
        for records in changelog.values()
        for record in records
    }


def _last_offsets(source: dict[int, list[RawRecord]]) -> dict[bytes, int]:
    return {
        record.key or b"": r
        for records in source.values()
        for record in records
        for r in [record.offset]
    }


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=160_000)
    parser.add_argument("--logs", type=Path, default=Path("/tmp"))
    arguments = parser.parse_args()
    bootstrap = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    verdict = asyncio.run(storm(bootstrap, arguments.seed, arguments.events, arguments.logs))
    print(json.dumps(asdict(verdict)))
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
