"""The bridge by itself: Redis -> Kafka, acknowledged by Kafka and then to Redis.

    python -m benchmarks.bridge --entries 400000

Starts a Kafka and a Valkey of its own, fills the streams, and only then lets the lanes begin: they
read as fast as they can, all in this process and its one event loop. Once with all entries in one
stream, once with as many in all streams together.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from cProfile import Profile
from pathlib import Path
from pstats import Stats
from typing import Any, NamedTuple

import click
from redis.asyncio import Redis

from benchmarks.house import cpu_seconds, fill, kafka_of_the_product, run, sender_to, summary, table
from benchmarks.record import save
from orchestrator.bridge.bridge import Bridge
from orchestrator.bridge.health import LaneCounts
from orchestrator.clock import SystemClock
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.embedded.valkey import EmbeddedValkey
from orchestrator.observability.logs import configure_logging
from orchestrator.settings.table import EVENT_STREAMS
from orchestrator.stream.records import Record, Sender

GOAL = 50_000
"""Entries a second."""

LEARNERS = 10_000
WARM_UP = 5_000
LOOK_EVERY_S = 0.01

Say = Callable[[str], object]


class Watched:
    """A Sender that notes how much it was given at once, and how long Kafka took."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.sizes: list[int] = []
        self.seconds = 0.0

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        """See Sender."""
        records = list(records)
        began = time.perf_counter()
        await self._sender.send(topic, records, partition=partition)
        self.seconds += time.perf_counter() - began
        self.sizes.append(len(records))


class Place(NamedTuple):
    """Where it is measured."""

    kafka: EmbeddedKafka
    valkey: EmbeddedValkey
    sender: Sender


async def measure(
    folder: Path, entries: int, runs: int, partitions: int, say: Say, profile: Profile | None = None
) -> dict[str, Any]:
    """Figures of one lane and of all; `profile` sees the lanes at work, which slows them down."""
    found: dict[str, Any] = {"goal, entries/s": GOAL}
    async with place(folder, partitions) as where:
        say("warming up …")
        await one_run(where, "warm-up", len(EVENT_STREAMS), WARM_UP, nullcontext())
        for name, lanes in (("one lane", 1), ("all streams", len(EVENT_STREAMS))):
            taken = []
            for number in range(1, runs + 1):
                say(f"{name}, run {number} of {runs} …")
                watching = profile or nullcontext()
                taken.append(await one_run(where, f"run-{number}", lanes, entries, watching))
                say(f"  {taken[-1]['entries/s']:,.0f} entries/s")
            found[name] = summary(taken, "entries/s")
    return found


@asynccontextmanager
async def place(folder: Path, partitions: int) -> AsyncIterator[Place]:
    """The servers, the product's topics, and the sender that a worker's bridge has."""
    async with kafka_of_the_product(folder, partitions) as kafka, sender_to(kafka) as sender:
        with EmbeddedValkey(folder / "valkey") as valkey:
            yield Place(kafka, valkey, sender)


async def empty(url: str, streams: Sequence[str]) -> None:
    """The next run is not to pay for the memory of this one."""
    async with Redis.from_url(url) as redis:
        await redis.delete(*streams)


async def one_run(
    where: Place, name: str, lanes: int, entries: int, watching: AbstractContextManager[object]
) -> dict[str, float]:
    """Of streams of its own, which are full before it begins, and gone after it."""
    streams = [f"{name}.of-{lanes}.{stream}" for stream in EVENT_STREAMS]
    await fill(where.valkey.url, entries, random.Random(1), streams[:lanes], LEARNERS)
    try:
        return await bridged(where, streams, lanes, entries, watching)
    finally:
        await empty(where.valkey.url, streams)


async def bridged(
    where: Place,
    streams: Sequence[str],
    lanes: int,
    entries: int,
    watching: AbstractContextManager[object],
) -> dict[str, float]:
    """One run: from the lanes' start to the last acknowledgement to Redis."""
    sender = Watched(where.sender)
    bridge = Bridge(redis_url=where.valkey.url, streams=streams, sender=sender, clock=SystemClock())
    used, began = cpu(where), time.perf_counter()
    with watching:
        for index in range(lanes):
            await bridge.start_lane(index)
        await all_passed_on(bridge, entries)
    seconds = time.perf_counter() - began
    spent = {name: after - used[name] for name, after in cpu(where).items()}
    counts = [lane.counts for lane in bridge.snapshot()]
    await bridge.stop()
    check(counts, entries)
    return {
        "entries/s": entries / seconds,
        "entries a write, mean": sum(sender.sizes) / len(sender.sizes),
        "entries a write, most": max(sender.sizes),
        "Kafka's share of the time of a lane": sender.seconds / seconds / lanes,
        **{f"{name}, microseconds an entry": each / entries * 1e6 for name, each in spent.items()},
        **{f"{name}, share of a core": each / seconds for name, each in spent.items()},
    }


async def all_passed_on(bridge: Bridge, entries: int) -> None:
    """Return when Redis was told of so many entries. Raises what a lane died of."""
    failure = asyncio.create_task(bridge.failure())
    try:
        while sum(lane.counts.acknowledged for lane in bridge.snapshot()) < entries:
            await asyncio.wait({failure}, timeout=LOOK_EVERY_S)
            if failure.done():
                await failure
    finally:
        failure.cancel()


def cpu(where: Place) -> dict[str, float]:
    """CPU seconds so far of who takes part."""
    return {
        "bridge": time.process_time(),
        "Kafka": cpu_seconds(where.kafka.pid),
        "Valkey": cpu_seconds(where.valkey.pid),
    }


def check(counts: Sequence[LaneCounts], entries: int) -> None:
    """Nothing was refused, nothing was passed on twice: else the figures are of something else."""
    produced = sum(each.produced for each in counts)
    refused = sum(sum(each.dead_letters.values()) for each in counts)
    assert (produced, refused) == (entries, 0), (produced, refused)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--entries", default=400_000, show_default=True, help="In the streams, a run.")
@click.option("--runs", default=3, show_default=True)
@click.option("--partitions", default=12, show_default=True, help="Of the events' topic.")
@click.option("--quick", is_flag=True, help="20,000 entries, one run.")
@click.option("--profile", is_flag=True, help="Print what takes the time; nothing is saved.")
def main(entries: int, runs: int, partitions: int, quick: bool, profile: bool) -> None:
    """Measure the bridge: Redis -> Kafka, entries a second of one lane and of all.

    \b
    Example:
      python -m benchmarks.bridge --quick
    """
    if quick:
        entries, runs = 20_000, 1
    configure_logging("ERROR", SystemClock())
    profiler = Profile() if profile else None
    with tempfile.TemporaryDirectory(prefix="bridge-") as folder:
        figures = run(measure(Path(folder), entries, runs, partitions, click.echo, profiler))
    click.echo(table({name: each for name, each in figures.items() if isinstance(each, dict)}))
    if profiler is not None:
        Stats(profiler).sort_stats("tottime").print_stats(25)
        return
    settings = {"entries": entries, "runs": runs, "partitions": partitions, "learners": LEARNERS}
    click.echo(f"Written to {save('bridge', settings, figures)}")


if __name__ == "__main__":
    main()
