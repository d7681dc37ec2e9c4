"""A worker that only decides: the decide agent, its tables, and what it follows of the cluster.

No bridge, no delivery, no HTTP, no counting of outcomes. It runs in a process of its own (see
house.Child), so that its CPU is that of deciding alone, and not of whoever writes the events.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka.structs import ConsumerRecord

from agents.decide import decide_agent
from benchmarks.events import canonical, make_event
from benchmarks.house import (
    CONFIG,
    TICK_S,
    Child,
    kafka_of_the_product,
    run,
    sender_to,
    until,
)
from orchestrator.clock import SystemClock
from orchestrator.core.fold import Folded
from orchestrator.core.policy_records import PolicyText, encode_policy_text
from orchestrator.counting import Counting
from orchestrator.gauges import Gauges
from orchestrator.guarantee import Guarantee
from orchestrator.observability.logs import configure_logging
from orchestrator.observability.metrics import Metrics
from orchestrator.plan import read_policy_text
from orchestrator.read_model.following import Following
from orchestrator.read_model.policies import KnownPolicies
from orchestrator.stream.app import StreamApp
from orchestrator.stream.records import Record, Sender
from orchestrator.topics import EVENTS, POLICIES, STATISTICS_CHANGELOG
from tables.learner_state import learner_state

GROUP = "deciding"
LEARNERS = 10_000


class Watched(Counting):
    """Counts as a worker's does; the figures are from the last time that it was told to begin."""

    def __init__(self) -> None:
        metrics = Metrics()
        super().__init__(metrics, SystemClock())
        self.gauges = Gauges(metrics, SystemClock())
        self.events = self.batches = 0
        self.begin()

    def begin(self) -> None:
        """Measure from now on."""
        self._already = self.events, self.batches
        self._began, self._used = time.perf_counter(), time.process_time()

    def on_restored(self, seconds: float, records: int) -> None:
        """The last that happens before the first event can be decided."""
        super().on_restored(seconds, records)
        self.begin()

    def on_decided(self, folded: Folded, events: int, seconds: float) -> None:
        """A decision is an event: a record that switches the policy is none."""
        super().on_decided(folded, events, seconds)
        self.events += len(folded.rows())
        self.batches += 1

    def figures(self) -> dict[str, float]:
        """Until now."""
        seconds, spent = time.perf_counter() - self._began, time.process_time() - self._used
        events, batches = self.events - self._already[0], self.batches - self._already[1]
        return {
            "microseconds of CPU an event": spent / events * 1e6,
            "events/s": events / seconds,
            "share of a core": spent / seconds,
            "events a batch": events / batches,
        }


def canonical_events(count: int, seed: int = 1) -> list[Record]:
    """Events of just now as the bridge writes them; every tenth acts. Another seed, other ids."""
    rng, at = random.Random(seed), datetime.now(UTC)
    events = (make_event(number, rng, LEARNERS, at) for number in range(count))
    return [Record(*canonical(stream, event, at)) for stream, event in events]


async def under_both_loads(
    folder: Path, partitions: int, events: int, rate: int, seconds: int, *, follows: bool
) -> dict[str, dict[str, float]]:
    """Figures by load, on a Kafka of its own."""
    async with kafka_of_the_product(folder, partitions) as kafka, sender_to(kafka) as sender:
        where = kafka.bootstrap_servers, sender, partitions
        waiting = await backlog(*where, canonical_events(events), follows=follows)
        coming = canonical_events(rate * seconds, seed=2)
        return {
            "a backlog": waiting,
            f"{rate:,} events/s": await live(*where, coming, rate, follows=follows),
        }


async def backlog(
    servers: str, sender: Sender, partitions: int, records: Sequence[Record], *, follows: bool
) -> dict[str, float]:
    """Figures of deciding what stood in Kafka before the worker came."""
    await sender.send(EVENTS, records)
    with Child(decide_all, servers, partitions, len(records), follows, False) as child:
        await child.receive()
        return dict(await child.receive())


async def live(
    servers: str,
    sender: Sender,
    partitions: int,
    records: Sequence[Record],
    rate: int,
    *,
    follows: bool,
) -> dict[str, float]:
    """Figures of deciding so many events a second as they come."""
    with Child(decide_all, servers, partitions, len(records), follows, True) as child:
        await child.receive()
        await write_evenly(sender, records, rate)
        return dict(await child.receive())


async def write_evenly(sender: Sender, records: Sequence[Record], rate: int) -> None:
    """Write so many records a second."""
    sent, began = 0, time.monotonic()
    while sent < len(records):
        due = min(len(records), int((time.monotonic() - began) * rate))
        if due > sent:
            await sender.send(EVENTS, records[sent:due])
            sent = due
        await asyncio.sleep(TICK_S)


def decide_all(
    send: Callable[[Any], None],
    servers: str,
    partitions: int,
    events: int,
    follows: bool,
    live: bool,
) -> None:
    """In a process of its own: say that it is ready, and send the figures after so many events.

    Measured from then on if they come `live`, else from before the first can have been decided.
    """
    configure_logging("ERROR", SystemClock())
    run(_decide_all(send, servers, partitions, events, follows, live))


async def _decide_all(
    send: Callable[[Any], None],
    servers: str,
    partitions: int,
    events: int,
    follows: bool,
    live: bool,
) -> None:
    watched = Watched()
    async with policies(servers, partitions, watched, follows=follows) as known:
        app = deciding_app(GROUP, servers, watched, known)
        await app.start()
        try:
            await until(lambda: len(app.lags()) == partitions)
            if live:
                watched.begin()
            send("ready")
            await until(lambda: watched.events >= events)
            send(watched.figures())
        finally:
            await app.stop()


def deciding_app(
    name: str,
    servers: str,
    observer: Counting,
    known: KnownPolicies,
    guarantee: Guarantee = Guarantee.AT_LEAST_ONCE,
) -> StreamApp:
    """The decide agent and its tables, as orchestrator/app.py has them.

    But the statistics hang on the events, since nobody reads outcomes here: what is written is the
    same.
    """
    app = StreamApp(
        name,
        bootstrap_servers=[servers],
        guarantee=guarantee,
        observer=observer,
        web_enabled=False,
    )
    figures = app.partition_table("statistics", changelog=STATISTICS_CHANGELOG, source=EVENTS)
    decide_agent(
        app,
        learner_state=learner_state(app),
        statistics=figures,
        policies=known,
        clock=SystemClock(),
        observer=observer,
        partitions=1,  # of no matter: nobody is erased
    )
    return app


def shipped_policy() -> KnownPolicies:
    """As if it had been read from the topic of the policies."""
    value = encode_policy_text(_shipped_text())
    known = KnownPolicies()
    known.on_record(
        ConsumerRecord(POLICIES, 0, 0, 0, 0, None, value, None, 0, len(value), headers=())
    )
    return known


def _shipped_text() -> PolicyText:
    return read_policy_text(CONFIG / "policy.toml", CONFIG / "messages.en.toml")


@asynccontextmanager
async def policies(
    servers: str, partitions: int, watched: Watched, *, follows: bool
) -> AsyncIterator[KnownPolicies]:
    """By which it decides. `follows`: with all that a worker follows of the cluster beside it."""
    if not follows:
        yield shipped_policy()
        return
    text = _shipped_text()
    cluster = Following(
        {"bootstrap_servers": [servers], "client_id": GROUP},
        GROUP,
        partitions,
        clock=SystemClock(),
        on_ledger=watched.gauges.take_ledger,
    )
    await cluster.start(text, text.load())
    tasks = [asyncio.create_task(work) for work in (cluster.read_back(), cluster.ledger.run())]
    try:
        yield cluster.policies
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await cluster.stop()
