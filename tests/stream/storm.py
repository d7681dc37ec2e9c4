"""Workers killed, stopped, frozen and started again under load, against a pure fold of the topic.

    python -m tests.stream.storm --seed 3 --events 40000

runs on KAFKA_BOOTSTRAP_SERVERS, or on a broker of its own (--own-broker), which can be struck too.
Prints one line; right is: everything 0 but the counts of what there was, and `repeated`.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.guarantee import Guarantee
from orchestrator.stream.admin import TopicPlan, ensure_topics
from orchestrator.stream.partitioner import partition_of
from orchestrator.stream.producing import acknowledged, enqueue
from orchestrator.stream.records import Record
from tests.stream.fleet import Fleet, Strike
from tests.stream.oracle import Verdict, judge, read, states
from tests.stream.toy import Topics

EXACTLY_ONCE = Guarantee.EXACTLY_ONCE
PARTITIONS = 6
RATE = 4_000
KEYS = 500
WARM_UP_S = 6.0
SETTLE_WITHIN_S = 60.0


@dataclass(frozen=True)
class Weather:
    """What a storm is made of. `session_s`: the workers' session timeout."""

    seed: int = 1
    events: int = 160_000
    workers: int = 2
    session_s: float = 6.0
    strikes: Sequence[Strike] = (Strike.KILL, Strike.STOP)
    between_s: tuple[float, float] = (4.0, 8.0)
    static: bool = False
    guarantee: Guarantee = Guarantee.AT_LEAST_ONCE


@dataclass(frozen=True)
class Report:
    """The verdict, and what it took. `idle_s`: how long the backlog lasted after the load."""

    weather: Weather
    verdict: Verdict
    strikes: int
    bad_stops: int
    idle_s: float

    @property
    def holds(self) -> bool:
        """Nothing was lost, doubled or disordered, and whoever was told to stop did so."""
        repeats = self.verdict.repeated if self.weather.guarantee is EXACTLY_ONCE else 0
        return self.verdict.holds and self.bad_stops == 0 and repeats == 0


async def storm(
    bootstrap: str, weather: Weather, logs: Path, kafka: EmbeddedKafka | None = None
) -> Report:
    """Run one storm on topics of its own."""
    prefix = f"storm-{weather.seed}-{uuid.uuid4().hex[:6]}"
    settings = {"bootstrap_servers": bootstrap}
    await ensure_topics(settings, plans(prefix))
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "TOY_SESSION_S": str(weather.session_s),
        "TOY_GUARANTEE": weather.guarantee,
    }
    fleet = Fleet(prefix, environment, weather.workers, logs, kafka, static=weather.static)
    rng = random.Random(weather.seed)
    try:
        loading = asyncio.create_task(_load(bootstrap, Topics.of(prefix).source, weather.events))
        await _strike(fleet, weather, rng, loading)
        await loading
        idle_s = await _settle(settings, Topics.of(prefix), fleet)
    finally:
        await asyncio.to_thread(fleet.stop)
    verdict = await judge(settings, prefix, PARTITIONS)
    return Report(weather, verdict, fleet.strikes, fleet.bad_stops, round(idle_s, 1))


def plans(prefix: str, partitions: int = PARTITIONS) -> list[TopicPlan]:
    """The toy's topics."""
    topics = Topics.of(prefix)
    return [
        TopicPlan(topics.source, partitions, 1, {}),
        TopicPlan(topics.actions, partitions, 1, {}),
        TopicPlan(topics.state, partitions, 1, {"cleanup.policy": "compact"}),
    ]


async def _strike(
    fleet: Fleet, weather: Weather, rng: random.Random, loading: "asyncio.Task[None]"
) -> None:
    """One strike after another, until nine tenths of the load are due."""
    began = time.monotonic()
    pause = WARM_UP_S
    while time.monotonic() - began + pause < 0.9 * weather.events / RATE and not loading.done():
        await asyncio.wait({loading}, timeout=pause)
        await asyncio.to_thread(
            fleet.strike, rng.choice(weather.strikes), rng, weather.session_s + 3
        )
        pause = rng.uniform(*weather.between_s)


async def _load(bootstrap: str, topic: str, events: int) -> None:
    """Write `events` records at RATE; what could not be written in time follows at once."""
    rng = random.Random(events)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    began, sent = time.monotonic(), 0
    try:
        while sent < events:
            due = min(events, int((time.monotonic() - began) * RATE))
            groups: dict[int, list[Record]] = defaultdict(list)
            for number in range(sent, due):
                key = b"key-%d" % rng.randrange(KEYS)
                groups[partition_of(key, PARTITIONS)].append(Record(key, b"e%d" % number))
            await _send(producer, topic, groups)
            sent = due
            await asyncio.sleep(0.005)
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, topic: str, groups: Mapping[int, list[Record]]) -> None:
    futures: list[asyncio.Future[Any]] = []
    for partition, records in groups.items():
        futures += await enqueue(producer, topic, partition, records)
    await acknowledged(futures)


async def _settle(settings: Mapping[str, Any], topics: Topics, fleet: Fleet) -> float:
    """Wait until the state covers the whole source; returns how long that took, in seconds."""
    began = time.monotonic()
    source = await read(settings, topics.source, PARTITIONS)
    last = {record.key: record.offset for records in source.values() for record in records}
    while time.monotonic() - began < SETTLE_WITHIN_S and not fleet.crashed():
        newest = states(await read(settings, topics.state, PARTITIONS))
        if all(key in newest and newest[key].offset == last[key] for key in last if key):
            break
        await asyncio.sleep(0.5)
    return time.monotonic() - began


def main() -> int:
    """The command line."""
    given = _parser().parse_args()
    weather = Weather(
        given.seed,
        given.events,
        given.workers,
        given.session,
        given.strikes,
        static=given.static,
        guarantee=given.guarantee,
    )
    with ExitStack() as stack:
        kafka = None
        if given.own_broker:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=given.logs))
            kafka = stack.enter_context(EmbeddedKafka(Path(folder)))
        bootstrap = kafka.bootstrap_servers if kafka else os.environ["KAFKA_BOOTSTRAP_SERVERS"]
        report = asyncio.run(storm(bootstrap, weather, given.logs, kafka))
    print(json.dumps(asdict(report)))
    return 0 if report.holds else 1


def _parser() -> argparse.ArgumentParser:
    usual = Weather()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--events", type=int, default=usual.events)
    parser.add_argument("--workers", type=int, default=usual.workers)
    parser.add_argument("--session", type=float, default=usual.session_s, help="seconds")
    parser.add_argument("--strikes", nargs="+", type=Strike, default=usual.strikes)
    parser.add_argument("--static", action="store_true", help="workers are static members")
    parser.add_argument("--guarantee", type=Guarantee, default=usual.guarantee)
    parser.add_argument("--own-broker", action="store_true")
    parser.add_argument("--logs", type=Path, default=Path(tempfile.gettempdir()))
    return parser


if __name__ == "__main__":
    sys.exit(main())
