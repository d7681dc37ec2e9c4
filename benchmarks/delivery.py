"""The delivery by itself: actions that stand in Kafka -> calls -> outcomes in Kafka.

    python -m benchmarks.delivery --actions 30000

Starts a Kafka and a downstream of its own, which answers every call after 5 ms; writes actions to
their topic, and only then lets the delivery of a worker begin, with nothing else of the worker
beside it: agent, desk, HTTP client, the table of deliveries and its changelog. At the end each
learner's calls are held against the order in which the actions stand in their topic.
"""

import asyncio
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from cProfile import Profile
from datetime import UTC, datetime
from pathlib import Path
from pstats import Stats
from typing import Any, NamedTuple

import click

from agents.deliver import DeliveryStore, DeskClaim, deliver_agent
from benchmarks.decide import Source, policy
from benchmarks.downstream import Called, DownstreamProcess
from benchmarks.events import ACTS_EVERY, canonical, make_event
from benchmarks.house import (
    cpu_seconds,
    kafka_of_the_product,
    percentile,
    run,
    sender_to,
    summary,
    table,
)
from benchmarks.record import save
from orchestrator.clock import SystemClock
from orchestrator.core.actions import Action, Service, encode_action
from orchestrator.core.fold import Batch, fold
from orchestrator.delivery.attempts import Attempts
from orchestrator.delivery.breaker import Breaker
from orchestrator.delivery.client import ServiceClient
from orchestrator.delivery.desk import Desk
from orchestrator.delivery.settling import Ended
from orchestrator.embedded.kafka import EmbeddedKafka
from orchestrator.observability.logs import configure_logging
from orchestrator.stream.app import StreamApp
from orchestrator.stream.records import Record
from orchestrator.topics import ACTIONS_LEARNER
from tables.deliveries import deliveries

GOAL = 1_500
"""Calls a second."""

ANSWER_MS = 5.0
LEARNERS = 2_000
LOOK_EVERY_S = 0.01

Say = Callable[[str], object]
Keyed = tuple[bytes, Action]


class Noted:
    """An Observer that counts ends, and keeps how long each call took."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.outcomes: defaultdict[str, int] = defaultdict(int)
        self.ended = 0

    def on_first_attempt(self, service: Service, waited: float) -> None:
        """See Observer."""

    def on_attempt(self, service: Service, status: str, seconds: float) -> None:  # noqa: ARG002
        """See Observer."""
        self.seconds.append(seconds)

    def on_ended(self, service: Service, action: Action, ended: Ended) -> None:  # noqa: ARG002
        """See Observer."""
        self.outcomes[ended.outcome] += 1
        self.ended += 1


class Office(NamedTuple):
    """The delivery of one worker at work."""

    app: StreamApp
    desk: Desk
    noted: Noted
    engine: asyncio.Task[None]


async def measure(
    folder: Path, actions: int, runs: int, partitions: int, say: Say, profile: Profile | None = None
) -> dict[str, Any]:
    """The figures; `profile` sees the delivery at work, which slows it down."""
    taken = []
    for number in range(1, runs + 1):
        say(f"run {number} of {runs}: writing {actions:,} actions …")
        place = folder / f"run-{number}"
        wanted = acting(actions)
        async with kafka_of_the_product(place, partitions) as kafka, sender_to(kafka) as sender:
            records = [Record(key, encode_action(action)) for key, action in wanted]
            await sender.send(ACTIONS_LEARNER, records)
            with DownstreamProcess(place / "downstream", ANSWER_MS) as downstream:
                watching = profile or nullcontext()
                found = await delivered(kafka, downstream, actions, watching)
                called = await asyncio.to_thread(downstream.called)
        check(wanted, called)
        taken.append(found | {"calls at once, most": called.most_at_once})
        say(f"  {found['calls/s']:,.0f} calls/s, every learner's in order")
    return {"goal, calls/s": GOAL} | summary(taken, "calls/s")


def acting(count: int) -> list[Keyed]:
    """So many changes of path, as the decide agent writes them, for events of just now."""
    rules, rng, at = policy(), random.Random(1), datetime.now(UTC)
    events = (make_event(number * ACTS_EVERY, rng, LEARNERS, at) for number in range(count))
    records = [Source(*canonical(*event, at), offset) for offset, event in enumerate(events)]
    batch = Batch("events", 0, {rules.version: rules}, rules.version, at)
    return fold(batch, records, {}).actions


async def delivered(
    kafka: EmbeddedKafka,
    downstream: DownstreamProcess,
    actions: int,
    watching: AbstractContextManager[object],
) -> dict[str, float]:
    """One run: from the first call until every outcome is in Kafka and every offset done."""
    async with office(kafka, downstream.url) as at_work:
        await until(at_work, lambda: bool(at_work.noted.seconds))
        already = at_work.noted.ended
        used, began = cpu(kafka, downstream), time.perf_counter()
        with watching:
            await until(at_work, lambda: is_done(at_work, actions))
        seconds = time.perf_counter() - began
        spent = {name: each - used[name] for name, each in cpu(kafka, downstream).items()}
    calls = actions - already
    took = sorted(each * 1000 for each in at_work.noted.seconds)
    return {
        "calls/s": calls / seconds,
        "a call as the worker sees it, p50 ms": percentile(took, 0.5),
        "a call as the worker sees it, p99 ms": percentile(took, 0.99),
        **{f"{name}, microseconds a call": each / calls * 1e6 for name, each in spent.items()},
        **{f"{name}, share of a core": each / seconds for name, each in spent.items()},
    }


@asynccontextmanager
async def office(kafka: EmbeddedKafka, url: str) -> AsyncIterator[Office]:
    """The parts of a worker that deliver to learner-svc, wired as orchestrator/app.py does."""
    clock, noted = SystemClock(), Noted()
    app = StreamApp("delivery", bootstrap_servers=[kafka.bootstrap_servers], web_enabled=False)
    store, chance = DeliveryStore(app, deliveries(app)), random.SystemRandom()
    async with ServiceClient(Service.LEARNER, url, clock=clock) as client:
        breaker = Breaker(time.monotonic, chance)
        attempts = Attempts(client, breaker=breaker, clock=clock, observer=noted, random=chance)
        desk = Desk(attempts, store, clock=clock, may_call=app.is_current)
        deliver_agent(app, ACTIONS_LEARNER, desk=desk, clock=clock)
        app.claim(ACTIONS_LEARNER, DeskClaim([desk], store), read=True)
        engine = asyncio.create_task(desk.run())
        try:
            await app.start()
            yield Office(app, desk, noted, engine)
        finally:
            await app.stop()
            engine.cancel()
            await asyncio.gather(engine, return_exceptions=True)


def is_done(office: Office, actions: int) -> bool:
    """Whether all actions have ended, and nothing of their topic is left to be done."""
    ended = office.noted.ended == actions and not office.desk.waiting
    return ended and not any(lag.records for lag in office.app.lags())


async def until(office: Office, condition: Callable[[], bool]) -> None:
    """Look again and again. Raises what the desk died of."""
    while not condition():
        await asyncio.wait({office.engine}, timeout=LOOK_EVERY_S)
        if office.engine.done():
            await office.engine


def cpu(kafka: EmbeddedKafka, downstream: DownstreamProcess) -> dict[str, float]:
    """CPU seconds so far of who takes part."""
    return {
        "delivery": time.process_time(),
        "Kafka": cpu_seconds(kafka.pid),
        "downstream": cpu_seconds(downstream.pid),
    }


def check(wanted: Sequence[Keyed], called: Called) -> None:
    """Each action was called for once, and each learner's in the order of the topic."""
    learner_of: dict[str, bytes] = {action.action_id: key for key, action in wanted}
    due = by_learner((key, action.action_id) for key, action in wanted)
    came = by_learner((learner_of[each], each) for each in called.ids)
    assert due == came, "calls are missing, came twice, or came out of order"


def by_learner(pairs: Iterable[tuple[bytes, str]]) -> dict[bytes, list[str]]:
    """The ids of each learner, in their order."""
    found: dict[bytes, list[str]] = defaultdict(list)
    for learner, action_id in pairs:
        found[learner].append(action_id)
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--actions", default=30_000, show_default=True, help="In the topic, a run.")
@click.option("--runs", default=3, show_default=True)
@click.option("--partitions", default=12, show_default=True, help="Of the actions' topic.")
@click.option("--quick", is_flag=True, help="3,000 actions, one run.")
@click.option("--profile", is_flag=True, help="Print what takes the time; nothing is saved.")
def main(actions: int, runs: int, partitions: int, quick: bool, profile: bool) -> None:
    """Measure the delivery: calls a second to a service that answers after 5 ms.

    \b
    Example:
      python -m benchmarks.delivery --quick
    """
    if quick:
        actions, runs = 3_000, 1
    configure_logging("ERROR", SystemClock())
    profiler = Profile() if profile else None
    with tempfile.TemporaryDirectory(prefix="delivery-") as folder:
        figures = run(measure(Path(folder), actions, runs, partitions, click.echo, profiler))
    click.echo(table({"delivery": figures}))
    if profiler is not None:
        Stats(profiler).sort_stats("tottime").print_stats(30)
        return
    settings = {
        "actions": actions,
        "learners": LEARNERS,
        "runs": runs,
        "partitions": partitions,
        "answered after, ms": ANSWER_MS,
    }
    click.echo(f"Written to {save('delivery', settings, figures)}")


if __name__ == "__main__":
    main()
