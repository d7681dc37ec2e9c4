"""The whole way of an event: XADD to the HTTP request at the downstream, all on this machine.

    python -m benchmarks.whole_way --rate 2000 --seconds 30

Starts a Kafka, a Valkey, a sandbox and a worker of its own. One event in ten acts (coursework with
learning gaps); an action's body carries its event's time, so the latency is the sandbox's arrival
time less that time, on one clock.
"""

import asyncio
import json
import random
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click
from aiokafka import TopicPartition

from benchmarks.events import ACTS_EVERY
from benchmarks.house import House, cpu_seconds, load, percentile
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.embedded.sandbox.calls import REMEMBERED
from orchestrator.guarantee import Guarantee
from orchestrator.stream.records import RawRecord
from orchestrator.stream.restore import restore
from orchestrator.topics import ACTIONS_LEARNER, EVENTS

WARM_UP_S = 15.0
"""Kafka's transactions still get faster after ten seconds: its code is compiled as it runs."""
CALM_S = 2.0
"""The sandbox stands still while it lists thousands of calls: it is not asked before all are in."""


class Call(NamedTuple):
    """A request at the downstream: when its event came in, from the begin of the measurement on."""

    event_s: float
    latency_ms: float


class Seen(NamedTuple):
    """What a run has shown; `calls` by the time of their events.

    `expected`: calls that the events must lead to; `lag_s`: from the last XADD to the last call.
    """

    events: int
    expected: int
    calls: list[Call]
    lag_s: float


class Result(NamedTuple):
    """Milliseconds; `lag_s` is how long after the last XADD the last call came."""

    rate: int
    seconds: int
    events: int
    calls: int
    p50: float
    p90: float
    p99: float
    p999: float
    worst: float
    lag_s: float


def calls_since(sandbox: str, since: datetime) -> tuple[list[Call], datetime]:
    """The calls for events after `since`, by the events' time; and when the last one came."""
    with urllib.request.urlopen(f"{sandbox}/calls?limit={REMEMBERED}") as answer:
        calls = json.load(answer)["calls"]
    found, last = [], since
    for call in calls:
        event_at = datetime.fromisoformat(call["body"]["metadata"]["suggested_at"])
        arrived = datetime.fromisoformat(call["received_at"])
        if event_at >= since:
            latency = (arrived - event_at).total_seconds() * 1000
            found.append(Call((event_at - since).total_seconds(), latency))
            last = max(last, arrived)
    return sorted(found), last


async def observe(
    folder: Path,
    rate: int,
    seconds: int,
    guarantee: Guarantee,
    partitions: int,
    say: Callable[[str], object],
) -> Seen:
    """One run on servers of its own."""
    with House(folder) as house:
        settings = {"PROCESSING_GUARANTEE": guarantee, "TOPIC_PARTITIONS": str(partitions)}
        with house.worker(**settings) as worker:
            processes = {
                "Kafka": house.kafka,
                "Valkey": house.valkey,
                "worker": worker,
                "sandbox": house.sandbox,
            }
            rng = random.Random(1)
            say(f"warming up for {WARM_UP_S:g} s …")
            await load(house.valkey.url, rate, WARM_UP_S, rng)
            say(f"{rate} events/s for {seconds} s …")
            used = {name: cpu_seconds(server.pid) for name, server in processes.items()}
            since = datetime.now(UTC)
            events = await load(house.valkey.url, rate, seconds, rng)
            ended = datetime.now(UTC)
            expected = -(-events // ACTS_EVERY)
            found, last = await settled(house.sandbox.url, since, expected)
            for name, server in processes.items():
                spent = cpu_seconds(server.pid) - used[name]
                share, each = spent / seconds, spent / events * 1e6
                say(f"  {name}: {share:.0%} of a core, {each:.0f} microseconds an event")
            for stage in await stages(house.kafka.bootstrap_servers, partitions, since):
                say(stage)
    return Seen(events, expected, found, (last - ended).total_seconds())


def summary(rate: int, seconds: int, seen: Seen) -> Result:
    """The percentiles of a run."""
    found = sorted(call.latency_ms for call in seen.calls)
    return Result(
        rate=rate,
        seconds=seconds,
        events=seen.events,
        calls=len(found),
        p50=percentile(found, 0.5),
        p90=percentile(found, 0.9),
        p99=percentile(found, 0.99),
        p999=percentile(found, 0.999),
        worst=found[-1],
        lag_s=seen.lag_s,
    )


async def stages(bootstrap: str, partitions: int, since: datetime) -> list[str]:
    """How old events were when Kafka's clients wrote them, and their actions: a line a topic."""
    ages: dict[str, list[float]] = {EVENTS: [], ACTIONS_LEARNER: []}

    def collect(topic: str, _partition: int, records: list[RawRecord]) -> None:
        for record in records:
            if record.key == CONTROL_KEY:
                continue
            body = json.loads(record.value or b"")
            at = datetime.fromisoformat(body["timestamp" if topic == EVENTS else "created_at"])
            if at >= since:
                ages[topic].append(record.timestamp - at.timestamp() * 1000)

    tps = [TopicPartition(topic, number) for topic in ages for number in range(partitions)]
    await restore({"bootstrap_servers": bootstrap}, tps, collect)
    return [
        f"  written to {topic}: p50 {percentile(sorted(found), 0.5):.1f} ms, "
        f"p99 {percentile(sorted(found), 0.99):.1f} ms"
        for topic, found in ages.items()
    ]


async def settled(sandbox: str, since: datetime, expected: int) -> tuple[list[Call], datetime]:
    """The calls once all expected calls are there, or nothing has come for five seconds."""
    await asyncio.sleep(CALM_S)
    count, waited = -1, 0.0
    while True:
        found, last = await asyncio.to_thread(calls_since, sandbox, since)
        waited = 0.0 if len(found) != count else waited + 0.5
        count = len(found)
        if count >= expected or waited > 5.0:
            return found, last
        await asyncio.sleep(0.5)


@click.command()
@click.option("--rate", default=2_000, show_default=True, help="Events a second.")
@click.option("--seconds", default=30, show_default=True, help="For how long.")
@click.option("--guarantee", type=click.Choice([each.value for each in Guarantee]),
              default=Guarantee.AT_LEAST_ONCE.value, show_default=True)  # fmt: skip
@click.option("--partitions", default=12, show_default=True, help="Of each topic.")
@click.option("--json", "output", type=click.Path(path_type=Path), help="Write the figures here.")
def main(rate: int, seconds: int, guarantee: str, partitions: int, output: Path | None) -> None:
    """Measure the whole way of an event.

    \b
    Example:
      python -m benchmarks.whole_way --rate 2000 --seconds 30
    """
    with tempfile.TemporaryDirectory(prefix="whole-way-") as folder:
        run = observe(Path(folder), rate, seconds, Guarantee(guarantee), partitions, click.echo)
        result = summary(rate, seconds, asyncio.run(run))
    for name, value in result._asdict().items():
        click.echo(f"{name:>8}  {value:.6g}")
    if output is not None:
        output.write_text(json.dumps({"python": sys.version, **result._asdict()}, indent=2))


if __name__ == "__main__":
    main()
