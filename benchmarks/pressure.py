"""More than a worker can do: twice its capacity for minutes, and how long until all is well again.

    python -m benchmarks.pressure --seconds 300

What it can do is measured first: how fast it works off events that wait in Redis while nobody
writes. Then it is given little for a while, twice its capacity, and little again. Redis holds what
the worker cannot take: it reads no further ahead than it has room for, so its memory is to stay
flat. What has been left behind then comes before all that is new, so it is well again when nothing
is behind any more and calls come about as quickly as before; how long that takes follows from how
much was left. At the end every event must have been decided, each once, and every action delivered.
"""

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click

from benchmarks.events import ACTS_EVERY
from benchmarks.house import (
    House,
    calls,
    done,
    fill,
    first,
    load,
    percentile,
    resident_bytes,
    run,
    statistics,
    table,
    until,
)
from benchmarks.record import save
from orchestrator.embedded.worker import WorkerProcess

GOAL_S = 10.0
"""Until it is well again."""

TIMES = 2.0
LITTLE = 0.1
"""Of the capacity: what comes before the pressure and after it."""
QUIET_S = 5.0
SLICE_S = 0.2
LOOK_EVERY_S = 1.0
NEWEST = 300
"""Calls that a look asks for; it takes those of the last second."""
AS_QUICK = 2.0
"""Well again: p99 at most so many times what it was before."""
STEADY_FROM = 0.25
"""The share of the pressure after which the memory is to stay as it is."""
GIVE_UP_AFTER = 5.0
"""How many times as long as the pressure it may take to be well again."""
COUNTED = (0.1, 0.9)
"""The shares of the waiting events between which the capacity is measured."""

Say = Callable[[str], object]


class Look(NamedTuple):
    """A moment. `at_s`: since the pressure began; `p99_ms`: of the last second's calls, if any."""

    at_s: float
    written: int
    decided: int
    in_redis: int
    in_kafka: int
    worker_mb: float
    valkey_mb: float
    p99_ms: float | None

    @property
    def behind(self) -> int:
        """Events that are not decided yet."""
        return max(0, self.written - self.decided)

    def __str__(self) -> str:
        """A line."""
        p99 = "-" if self.p99_ms is None else f"{self.p99_ms:,.0f}"
        return (
            f"{self.at_s:7.1f} s {self.behind:10,} behind, worker {self.worker_mb:5.0f} MB, "
            f"Valkey {self.valkey_mb:6.0f} MB, p99 {p99:>8} ms"
        )


class Pressure:
    """Writes to a worker in its house, counts what was written, and looks at what comes of it."""

    def __init__(self, house: House, worker: WorkerProcess, already: int, say: Say) -> None:
        """`already`: events that were written before."""
        self._house = house
        self._worker = worker
        self._say = say
        self._rng = random.Random(2)
        self._began = time.monotonic()
        self._until = 0.0
        self.written = already
        self.acting = acting(already)
        self.looks: list[Look] = []

    def begin(self) -> None:
        """Count the seconds from now on."""
        self._began = time.monotonic()
        self.looks = []

    async def write(self, rate: int, seconds: float) -> None:
        """Write so many events a second, for so long or until `enough`."""
        self._until = time.monotonic() + seconds
        while time.monotonic() < self._until:
            sent = await load(self._house.valkey.url, rate, SLICE_S, self._rng)
            self.written += sent
            self.acting += acting(sent)

    def enough(self) -> None:
        """Write no more after what is being written."""
        self._until = 0.0

    async def watch(self) -> None:
        """Look every second, for ever."""
        while True:
            self.looks.append(await self._look())
            self._say(f"  {self.looks[-1]}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> Look:
        since, written = datetime.now(UTC) - timedelta(seconds=LOOK_EVERY_S), self.written
        found, newest = await asyncio.gather(
            statistics(self._worker), calls(self._house.sandbox, NEWEST)
        )
        return Look(
            at_s=round(time.monotonic() - self._began, 2),
            written=written,
            decided=found["total_events_processed"],
            in_redis=max(0, written - found["total_events_received"]),
            in_kafka=found["events_in_flight"],
            worker_mb=round(resident_bytes(self._worker.pid) / 1e6, 1),
            valkey_mb=round(resident_bytes(self._house.valkey.pid) / 1e6, 1),
            p99_ms=p99_of(newest["calls"], since),
        )


def acting(events: int) -> int:
    """How many of so many events act: the first, and every tenth after it."""
    return -(-events // ACTS_EVERY)


def p99_of(newest: Iterable[Mapping[str, Any]], since: datetime) -> float | None:
    """Milliseconds from an event to its call, of the calls that came since then."""
    found = []
    for call in newest:
        arrived = datetime.fromisoformat(call["received_at"])
        if arrived >= since:
            event_at = datetime.fromisoformat(call["body"]["metadata"]["suggested_at"])
            found.append((arrived - event_at).total_seconds() * 1000)
    return percentile(sorted(found), 0.99) if found else None


async def measure(
    folder: Path, seconds: int, waiting: int, partitions: int, say: Say
) -> dict[str, Any]:
    """The figures, and all looks from the beginning of the pressure on."""
    with House(folder) as house:
        say(f"what it can do: {waiting:,} events wait …")
        await fill(house.valkey.url, waiting, random.Random(1))
        with house.worker(TOPIC_PARTITIONS=str(partitions)) as worker:
            capacity = await capacity_of(worker, waiting)
            say(f"  {capacity:,.0f} events/s")
            await done(worker, waiting)
            pressure = Pressure(house, worker, waiting, say)
            watching = asyncio.create_task(pressure.watch())
            try:
                found = await pressed(pressure, capacity, seconds, say)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            with contextlib.suppress(TimeoutError):  # what is missing then, the figures say
                await done(worker, pressure.written)
            found |= await accounted(house, worker, pressure)
    looks = [look._asdict() for look in pressure.looks]
    return {
        "goal, seconds until well again": GOAL_S,
        "capacity, events/s": capacity,
        **found,
        "looks": looks,
    }


async def capacity_of(worker: WorkerProcess, waiting: int) -> float:
    """Events a second while so many wait in Redis."""
    moments = []
    for share in COUNTED:
        enough = partial(has_decided, int(share * waiting))
        found = await first(partial(statistics, worker), enough, every_s=0.05)
        moments.append((time.monotonic(), found["total_events_processed"]))
    (began, before), (ended, after) = moments
    return float((after - before) / (ended - began))


def has_decided(events: int, found: Mapping[str, Any]) -> bool:
    """Whether a worker's figures say so."""
    return bool(found["total_events_processed"] >= events)


async def pressed(pressure: Pressure, capacity: float, seconds: int, say: Say) -> dict[str, Any]:
    """Little, too much, and little until all is well."""
    little, much = int(capacity * LITTLE), int(capacity * TIMES)
    say(f"little: {little:,} events/s …")
    await pressure.write(little, QUIET_S)
    before_ms = median(look.p99_ms for look in pressure.looks if look.p99_ms is not None)
    say(f"too much: {much:,} events/s for {seconds} s …")
    pressure.begin()
    await pressure.write(much, seconds)
    under = list(pressure.looks)
    say(f"little again: {little:,} events/s …")
    writing = asyncio.create_task(pressure.write(little, GIVE_UP_AFTER * seconds))
    await until(lambda: writing.done() or is_well(pressure.looks[-1], little, before_ms))
    pressure.enough()
    await writing
    return summary(under, pressure.looks[len(under) :], little, before_ms)


def is_well(look: Look, little: int, before_ms: float) -> bool:
    """Nothing is behind but what came just now, and calls come about as quickly as before."""
    quick = look.p99_ms is not None and look.p99_ms <= AS_QUICK * before_ms
    return quick and is_drained(look, little)


def is_drained(look: Look, little: int) -> bool:
    """Nothing is behind but what has come within a second."""
    return look.behind <= little


def summary(
    under: Sequence[Look], after: Sequence[Look], little: int, before_ms: float
) -> dict[str, Any]:
    """What the looks under pressure and after it come to; times that were not reached are None."""
    begin, last = under[0], under[-1]
    lasted = last.at_s - begin.at_s
    steady = under[int(len(under) * STEADY_FROM)]
    drained = (look.at_s - last.at_s for look in after if is_drained(look, little))
    well = (look.at_s - last.at_s for look in after if is_well(look, little, before_ms))
    return {
        "given, events/s": (last.written - begin.written) / lasted,
        "decided meanwhile, events/s": (last.decided - begin.decided) / lasted,
        "behind when it ended, events": last.behind,
        "of these in Kafka": last.in_kafka,
        "seconds until nothing was behind": next(drained, None),
        "seconds until well again": next(well, None),
        "p99 before, ms": before_ms,
        "p99 when it ended, ms": last.p99_ms,
        "worker, MB after a quarter": steady.worker_mb,
        "worker, MB when it ended": last.worker_mb,
        "worker, MB at most": max(look.worker_mb for look in (*under, *after)),
        "growth after the first quarter": last.worker_mb / steady.worker_mb - 1,
    }


async def accounted(house: House, worker: WorkerProcess, pressure: Pressure) -> dict[str, Any]:
    """What became of all that was written since the worker began."""
    found, got = await statistics(worker), await calls(house.sandbox, 1)
    return {
        "events written": pressure.written,
        "events decided": found["total_events_processed"],
        "events lost": pressure.written - found["total_events_processed"],
        "events taken for duplicates, late or refused": sum(
            found[name] for name in ("duplicates", "late", "dead_letters")
        ),
        "changes of path due": pressure.acting,
        "changes of path decided": found["learning_path_updates"],
        "actions delivered": found["actions_delivered"],
        "actions that ended otherwise": sum(
            found[f"actions_{name}"]
            for name in ("rejected", "expired", "superseded", "failed", "pending")
        ),
        "calls that took effect at the sandbox": got["applied"],
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", default=300, show_default=True, help="How long it is too much.")
@click.option("--waiting", default=60_000, show_default=True,
              help="Events by which the capacity is measured.")  # fmt: skip
@click.option("--partitions", default=12, show_default=True)
@click.option("--quick", is_flag=True, help="20 s, after 10,000 events.")
def main(seconds: int, waiting: int, partitions: int, quick: bool) -> None:
    """Give a worker twice what it can do, and see how it fares and recovers.

    \b
    Example:
      python -m benchmarks.pressure --quick
    """
    if quick:
        seconds, waiting = 20, 10_000
    with tempfile.TemporaryDirectory(prefix="pressure-") as folder:
        figures = run(measure(Path(folder), seconds, waiting, partitions, click.echo))
    shown = {name: each for name, each in figures.items() if name != "looks"}
    click.echo(table({"pressure": shown}))
    settings = {
        "seconds": seconds,
        "times the capacity": TIMES,
        "waiting events": waiting,
        "partitions": partitions,
    }
    click.echo(f"Written to {save('pressure', settings, figures)}")


if __name__ == "__main__":
    main()
