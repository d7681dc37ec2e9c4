"""How fast the history answers when it is full, and what it costs to keep.

    python -m benchmarks.history

A file of so many rows of a week is made by its one writer, from events and actions of 20 tenants.
Then each kind of query is asked again and again with other values, up to the page as it is sent
(but not over HTTP): while nothing is written, and while a process writes 1,000 rows a second. At
last a worker that only decides (benchmarks/deciding.py) runs with the history's process beside it,
and without, in turns: what that costs the one who decides, and what it takes itself.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import click
from aiokafka import TopicPartition
from msgspec.structs import replace

from benchmarks.deciding import backlog, canonical_events, live
from benchmarks.house import (
    CONFIG,
    Child,
    cpu_seconds,
    kafka_of_the_product,
    percentile,
    run,
    sender_to,
    table,
)
from benchmarks.record import save, spread
from orchestrator import collector
from orchestrator.clock import SystemClock
from orchestrator.core.actions import Action, ActionType, Outcome, Service, action_id, encode_action
from orchestrator.core.event_codec import event_from
from orchestrator.core.events import EventType
from orchestrator.core.ids import EventId, LearnerId, TenantId
from orchestrator.history.entries import Asked, Came, Decided, Ended, Entry
from orchestrator.history.folder import FILE
from orchestrator.history.keeper import COMMAND
from orchestrator.history.places import action_place, event_place
from orchestrator.history.reader import HistoryReader
from orchestrator.history.rows import Query, Stage
from orchestrator.history.store import Store
from orchestrator.observability.logs import configure_logging
from orchestrator.topics import ACTIONS_LEARNER, ACTIONS_NOTIFICATION, EVENTS
from orchestrator.web.history_bodies import ActionsShown, EventsShown

GOAL_MS = 50.0
"""The 99th percentile of each kind of query."""

PARTITIONS, TENANTS, LEARNERS = 12, 20, 20_000
BATCH = 2_000
WEEK = timedelta(days=7)
WRITTEN_A_SECOND = 1_000
WITH, WITHOUT = "with it", "without"
A_BACKLOG, COMING = "a backlog", "{:,} events/s"
IDLE_S = 0.1
"""Of CPU a second: less is a history that has nothing to read."""
CPU = "microseconds of CPU an event"

DATA: Mapping[EventType, dict[str, Any]] = {
    EventType.COURSEWORK_ANALYZED: {"performance_metrics": {"accuracy": 0.6}},
    EventType.ASSESSMENT_COMPLETE: {"score": 0.7},
    EventType.LEARNER_PROGRESS: {"performance_score": 0.5},
    EventType.SEL_ALERT: {"alert_type": "anxiety"},
}
RULES = {
    ActionType.LEVEL_SUGGESTED: (ACTIONS_LEARNER, "level.up.streak"),
    ActionType.GAME_BREAK: (ACTIONS_NOTIFICATION, "break.session"),
}
PARAMETERS = {"current_level": "moderate", "suggested_level": "challenging", "temporary": False}

Say = Callable[[str], object]


# -- the rows


def entries(count: int, end: datetime, seed: int) -> Iterator[list[Entry]]:
    """Batches of so many rows of the week before `end`: 7 events to 3 actions."""
    rng, made = random.Random(seed), 0
    begin = end - WEEK
    while made < count:
        batch: list[Entry] = []
        for number in range(made, min(count, made + BATCH)):
            at = begin + WEEK * (number / count)
            batch += (
                _action(number, at, rng) if number % 10 in {3, 6, 9} else _event(number, at, rng)
            )
        made += BATCH
        yield batch


def _who(rng: random.Random) -> tuple[int, str, str]:
    learner = rng.randrange(LEARNERS)
    return learner % PARTITIONS, f"tenant-{learner % TENANTS}", f"learner-{learner}"


def _event(number: int, at: datetime, rng: random.Random) -> list[Entry]:
    partition, tenant, learner = _who(rng)
    kind = rng.choices(list(DATA), (70, 15, 14, 1))[0]
    fields = {
        "type": kind,
        "id": f"{learner}-{number}",
        "tenant_id": tenant,
        "learner_id": learner,
        "timestamp": at,
        "received_at": at,
        "data": DATA[kind],
    }
    place = event_place(partition, number)
    outcome = "duplicate" if rng.random() < 0.01 else "decided"
    came = Came(place, int(at.timestamp() * 1000), event_from(fields))
    return [came, Decided(place, outcome, "2026-03-01.0f3a", ())]


def _action(number: int, at: datetime, rng: random.Random) -> list[Entry]:
    partition, tenant, learner = _who(rng)
    kind = rng.choice(list(RULES))
    topic, rule = RULES[kind]
    event_id = EventId(f"{learner}-{number}")
    action = Action(
        action_id=action_id(TenantId(tenant), LearnerId(learner), event_id, rule),
        type=kind,
        tenant_id=TenantId(tenant),
        learner_id=LearnerId(learner),
        event_id=event_id,
        rule=rule,
        policy_version="2026-03-01.0f3a",
        created_at=at,
        expires_at=at + timedelta(hours=24),
        confidence=0.8,
        reason="Five correct answers in a row.",
        evidence={"observed": 5, "threshold": 5},
        parameters=PARAMETERS,
    )
    place = action_place(topic, partition, number)
    asked = Asked(place, int(at.timestamp() * 1000), action, encode_action(action))
    if rng.random() < 0.01:
        return [asked]
    outcome = rng.choices([Outcome.DELIVERED, Outcome.REJECTED, Outcome.EXPIRED], (96, 2, 2))[0]
    return [asked, Ended(action.action_id, outcome, 1, 201, at, "created")]


def fill(path: Path, rows: int, end: datetime) -> dict[str, float]:
    """Make the file; how fast, and how large it is."""
    store, began, used = Store(path, "kafka"), time.perf_counter(), time.process_time()
    spent = 0.0
    for number, batch in enumerate(entries(rows, end, seed=1)):
        started = time.perf_counter()
        store.write(batch, {TopicPartition(EVENTS, 0): number})
        spent += time.perf_counter() - started
    made_in = time.process_time() - used - spent
    store.close()
    return {
        "rows/s, written": rows / spent,
        "bytes a row": path.stat().st_size / rows,
        "seconds, all": time.perf_counter() - began,
        "seconds, to make the rows up": max(0.0, made_in),
    }


def write_on(send: Callable[[Any], None], path: Path, rows: int, seconds: float) -> None:
    """In a process of its own: write WRITTEN_A_SECOND rows, ten times a second."""
    store, began, step = Store(path, "kafka"), time.monotonic(), WRITTEN_A_SECOND // 10
    at = datetime.now(UTC)
    rng, number = random.Random(2), rows
    send("ready")
    while time.monotonic() - began < seconds:
        batch = [e for each in range(number, number + step) for e in _event(each, at, rng)]
        store.write(batch, {TopicPartition(EVENTS, 0): number})
        number += step
        time.sleep(max(0.0, began + (number - rows) / WRITTEN_A_SECOND - time.monotonic()))
    store.close()


# -- the questions


def questions(rng: random.Random, end: datetime) -> dict[str, tuple[str, Query]]:
    """One of each kind: of events or actions, with values drawn anew."""
    number = rng.randrange(LEARNERS)
    tenant_id, learner_id = f"tenant-{number % TENANTS}", f"learner-{number}"
    since = end - WEEK * rng.random()
    kind, status = rng.choice(list(DATA)), rng.choice([Stage.COMPLETED, Stage.FAILED])
    action, service = rng.choice(list(RULES)), rng.choice(list(Service))
    all_of = Query()
    tenant, learner = Query(tenant_id=tenant_id), Query(learner_id=learner_id)
    who = Query(tenant_id=tenant_id, learner_id=learner_id)
    day = Query(start=since, end=since + timedelta(days=1))
    tenant_day = replace(tenant, start=day.start, end=day.end)
    deep = {"limit": 200, "offset": 10_000}
    cell = replace(tenant, type=kind, status=status)
    events = {
        "all": all_of,
        "all, 200 rows, 10,000 deep": replace(all_of, **deep),
        "of a tenant": tenant,
        "of a tenant, 200 rows, 10,000 deep": replace(tenant, **deep),
        "of a learner": who,
        "of a learner at any tenant": learner,
        "of one id": replace(who, id=f"{learner_id}-1"),
        "of a type": Query(type=kind),
        "of a type, 200 rows, 10,000 deep": Query(type=kind, limit=200, offset=10_000),
        "of a status": Query(status=status),
        "of a tenant, type and status": cell,
        "of a day": day,
        "of a tenant and day": tenant_day,
        "of a tenant, type, status and day": replace(cell, start=day.start, end=day.end),
    }
    actions = {
        "all": all_of,
        "all, 200 rows, 10,000 deep": replace(all_of, **deep),
        "of a learner": who,
        "of a service": Query(service=service),
        "of a service, type and status": Query(service=service, type=action, status=status),
        "that wait": Query(status=Stage.PENDING),
        "that failed, of a tenant and day": replace(tenant_day, status=Stage.FAILED),
        "that failed, 200 rows, 10,000 deep": Query(status=Stage.FAILED, limit=200, offset=10_000),
    }
    return {
        f"{what} {name}": (what, query)
        for what, queries in (("events", events), ("actions", actions))
        for name, query in queries.items()
    }


async def ask(reader: HistoryReader, what: str, query: Query) -> int:
    """The bytes of a page as it is sent."""
    if what == "events":
        events = await reader.events(query)
        return len(EventsShown.of(events, query, {}).model_dump_json())
    actions = await reader.actions(query)
    return len(ActionsShown.of(actions, query, {}).model_dump_json())


async def asked(path: Path, times: int, end: datetime) -> dict[str, dict[str, float]]:
    """Milliseconds by kind of query."""
    reader, rng = HistoryReader(path, SystemClock()), random.Random(3)
    taken: dict[str, list[float]] = {}
    for _ in range(times):
        for name, (what, query) in questions(rng, end).items():
            began = time.perf_counter()
            await ask(reader, what, query)
            taken.setdefault(name, []).append((time.perf_counter() - began) * 1e3)
    began = time.perf_counter()
    await reader.figures("tenant-1")
    taken["a tenant's figures"] = [(time.perf_counter() - began) * 1e3]
    await reader.close()
    return {name: _quantiles(sorted(each)) for name, each in taken.items()}


def _quantiles(found: list[float]) -> dict[str, float]:
    return {"p50, ms": percentile(found, 0.5), "p99, ms": percentile(found, 0.99)}


async def asked_while_written(
    path: Path, rows: int, times: int, end: datetime, seconds: float
) -> dict[str, dict[str, float]]:
    """The same, while a process writes."""
    with Child(write_on, path, rows, seconds) as child:
        await child.receive()
        return await asked(path, times, end)


# -- beside one who decides


@asynccontextmanager
async def kept(folder: Path, servers: str, partitions: int) -> AsyncIterator[int]:
    """A history of this Kafka, as a worker keeps it; its process id."""
    environment = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "TOPIC_PARTITIONS": str(partitions),
        "DATA_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
        "POLICY_FILE": str(CONFIG / "policy.toml"),
        "MESSAGES_FILE": str(CONFIG / "messages.en.toml"),
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=pipe, stdout=pipe, env=environment
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    reading = asyncio.create_task(process.stdout.read())
    try:
        yield process.pid
    finally:
        process.stdin.close()
        await process.wait()
        await reading


async def with_history(
    folder: Path, servers: str, work: Awaitable[dict[str, float]]
) -> tuple[dict[str, float], float]:
    """The figures of the work, and the seconds of CPU that a history beside it took."""
    async with kept(folder, servers, PARTITIONS) as pid:
        used = cpu_seconds(pid)
        figures = await work
        before = -1.0
        while cpu_seconds(pid) - before > IDLE_S:  # until it has read all
            before = cpu_seconds(pid)
            await asyncio.sleep(1)
        return figures, cpu_seconds(pid) - used


async def beside(
    folder: Path, events: int, rate: int, seconds: int, runs: int, say: Say
) -> dict[str, Any]:
    """CPU an event of a worker that decides, with a history's process beside it and without."""
    taken: dict[str, dict[str, list[float]]] = {}
    own: dict[str, list[float]] = {}
    for number in range(1, runs + 1):
        for way in (WITH, WITHOUT):
            place = folder / f"{number} {way}"
            say(f"run {number} of {runs}, {way} …")
            async with kafka_of_the_product(place, PARTITIONS) as kafka, sender_to(kafka) as sender:
                where = kafka.bootstrap_servers, sender, PARTITIONS
                for load, count in ((A_BACKLOG, events), (COMING.format(rate), rate * seconds)):
                    records = canonical_events(count, seed=len(load))
                    if load == A_BACKLOG:
                        work = backlog(*where, records, follows=True)
                    else:
                        work = live(*where, records, rate, follows=True)
                    if way == WITHOUT:
                        figures = await work
                    else:
                        figures, spent = await with_history(
                            place / "history", kafka.bootstrap_servers, work
                        )
                        own.setdefault(load, []).append(spent / count * 1e6)
                    taken.setdefault(load, {}).setdefault(way, []).append(figures[CPU])
    return {
        load: {
            "deciding with it": spread(found[WITH])._asdict(),
            "deciding without": spread(found[WITHOUT])._asdict(),
            "share added": median(found[WITH]) / median(found[WITHOUT]) - 1,
            "its own": spread(own[load])._asdict(),
        }
        for load, found in taken.items()
    }


# -- the command


def worst(found: Mapping[str, Mapping[str, float]]) -> float:
    """The slowest 99th percentile of a kind of query."""
    return max(each["p99, ms"] for name, each in found.items() if "figures" not in name)


async def measure(
    folder: Path, rows: int, times: int, events: int, rate: int, seconds: int, runs: int, say: Say
) -> dict[str, Any]:
    """All figures."""
    path, end = folder / FILE, datetime.now(UTC)
    say(f"writing {rows:,} rows …")
    written = await asyncio.to_thread(fill, path, rows, end)
    say(f"  {written['rows/s, written']:,.0f} rows/s, {written['bytes a row']:.0f} bytes a row")
    await collector.settle(
        lambda: True
    )  # as a worker does: else the collector takes 70 ms at times
    say("asking …")
    quiet = await asked(path, times, end)
    say(f"  the slowest kind: p99 {worst(quiet):.1f} ms")
    say(f"asking while {WRITTEN_A_SECOND:,} rows/s are written …")
    busy = await asked_while_written(path, rows, times, end, seconds=max(3.0, times / 10))
    say(f"  the slowest kind: p99 {worst(busy):.1f} ms")
    return {
        "goal, p99 of each kind, ms": GOAL_MS,
        "written": written,
        "quiet": quiet,
        "while it is written": busy,
        "slowest p99, ms": {"quiet": worst(quiet), "while it is written": worst(busy)},
        CPU: await beside(folder, events, rate, seconds, runs, say),
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", default=1_000_000, show_default=True, help="Events and actions together.")
@click.option("--times", default=200, show_default=True, help="That each kind of query is asked.")
@click.option("--events", default=50_000, show_default=True, help="That wait, beside deciding.")
@click.option("--rate", default=1_000, show_default=True, help="Events a second that come then.")
@click.option("--seconds", default=20, show_default=True, help="For how long.")
@click.option("--runs", default=3, show_default=True, help="Beside deciding.")
@click.option("--quick", is_flag=True, help="20,000 rows, 20 times; 5,000 events; one run.")
def main(
    rows: int, times: int, events: int, rate: int, seconds: int, runs: int, quick: bool
) -> None:
    """Measure how fast the history answers, and what it costs to keep.

    \b
    Example:
      python -m benchmarks.history --quick
    """
    if quick:
        rows, times, events, rate, seconds, runs = 20_000, 20, 5_000, 300, 3, 1
    configure_logging("ERROR", SystemClock())
    with tempfile.TemporaryDirectory(prefix="history-") as folder:
        figures = run(measure(Path(folder), rows, times, events, rate, seconds, runs, click.echo))
    for name in ("quiet", "while it is written"):
        click.echo(f"\n{name}")
        for kind, found in figures[name].items():
            click.echo(f"{kind:65}{found['p50, ms']:8.1f}{found['p99, ms']:8.1f}")
    for load, found in figures[CPU].items():
        click.echo(f"\n{load}: {CPU}\n{table({'': found})}")
    settings = {
        "rows": rows, "times": times, "events": events, "rate": rate, "seconds": seconds,
        "runs": runs,
    }  # fmt: skip
    click.echo(f"Written to {save('history', settings, figures)}")


if __name__ == "__main__":
    main()
