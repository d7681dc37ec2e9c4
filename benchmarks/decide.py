"""Deciding alone, without Kafka: microseconds of CPU an event, by how many come at once.

`fold` is what the decide agent does with a batch: decode the events, decide them on the learners'
states, encode the states. `decide` alone is the rules and their evidence, of events that were
decoded a moment before, as those of a batch are. The partition has been at it for an hour.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.events import canonical, make_event
from benchmarks.record import Spread, save, spread
from orchestrator.core.counters import (
    ACTIVE_MINUTES,
    MICROS_PER_MINUTE,
    DecideCounters,
    encode_counters,
)
from orchestrator.core.decide import Position, decide
from orchestrator.core.event_codec import decode_event
from orchestrator.core.fold import COUNTERS_KEY, Batch, fold
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.state import LearnerState
from orchestrator.core.times import micros

CONFIG = Path(__file__).resolve().parents[1] / "config"
BATCHES = (1, 3, 10, 100, 2_000)
DECODED_AT_ONCE = 100
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
STEP = timedelta(milliseconds=20)


class Source(NamedTuple):
    """A record of the events topic."""

    key: bytes
    value: bytes
    offset: int
    headers: tuple[tuple[str, bytes], ...] = ()


def policy() -> Policy:
    """The policy that is shipped."""
    return load_policy(
        (CONFIG / "policy.toml").read_text(), (CONFIG / "messages.en.toml").read_text()
    )


def history(events: int, learners: int) -> list[Source]:
    """Events of a partition, some milliseconds apart."""
    rng = random.Random(1)
    found = []
    for number in range(events):
        at = BEGIN + STEP * number
        found.append(Source(*canonical(*make_event(number, rng, learners, at), at), number))
    return found


def folded(records: Sequence[Source], size: int, rules: Policy) -> float:
    """Seconds to fold all records, so many at a time, on learners of whom nothing is known."""
    rows = {COUNTERS_KEY: encode_counters(_after_an_hour())}
    batch = Batch("events", 0, {rules.version: rules}, rules.version, BEGIN)
    began = time.process_time()
    for first in range(0, len(records), size):
        rows.update(fold(batch, records[first : first + size], rows).changes)
    return time.process_time() - began


def decided(records: Sequence[Source], rules: Policy) -> float:
    """Seconds to decide all events, without those to decode them."""
    states: dict[bytes, LearnerState] = {}
    seconds = 0.0
    for first in range(0, len(records), DECODED_AT_ONCE):
        batch = records[first : first + DECODED_AT_ONCE]
        events = [(record.key, record.offset, decode_event(record.value)) for record in batch]
        began = time.process_time()
        for key, offset, event in events:
            states[key] = decide(states.get(key), event, Position(0, offset), rules).state
        seconds += time.process_time() - began
    return seconds


def decoded(records: Sequence[Source]) -> float:
    """Seconds to decode all events."""
    began = time.process_time()
    for record in records:
        decode_event(record.value)
    return time.process_time() - began


def measure(
    events: int, learners: int, runs: int, say: Callable[[str], object]
) -> dict[str, Spread]:
    """What is measured, and its microseconds an event; in turns, so that what the machine does
    meanwhile falls on all alike."""
    records, rules = history(events, learners), policy()
    kinds: dict[str, Callable[[], float]] = {
        "decode": partial(decoded, records),
        "decide": partial(decided, records, rules),
    }
    for size in BATCHES:
        kinds[f"fold, {size:,} at a time"] = partial(folded, records, size, rules)
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(1, runs + 1):
        say(f"  run {number} of {runs} …")
        for name, seconds in kinds.items():
            taken[name].append(seconds() / events * 1e6)
    return {name: spread(costs) for name, costs in taken.items()}


def _after_an_hour() -> DecideCounters:
    """Counters of a partition with learners in each of the sixty minutes until the first event."""
    newest = micros(BEGIN)
    minute = newest // MICROS_PER_MINUTE
    active = {minute - ago: 100 for ago in reversed(range(ACTIVE_MINUTES))}
    return DecideCounters(learners=sum(active.values()), newest=newest, active=active)


def table(figures: Mapping[str, Spread]) -> str:
    """A line for each."""
    return "\n".join(
        f"{name:24} {cost.middle:6.2f} ({cost.least:.2f} to {cost.most:.2f})"
        for name, cost in figures.items()
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", default=100_000, show_default=True)
@click.option("--learners", default=10_000, show_default=True)
@click.option("--runs", default=5, show_default=True)
@click.option("--quick", is_flag=True, help="5,000 events of 500 learners, three runs.")
def main(events: int, learners: int, runs: int, quick: bool) -> None:
    """Measure what decoding, deciding and folding an event costs.

    \b
    Example:
      python -m benchmarks.decide --quick
    """
    if quick:
        events, learners, runs = 5_000, 500, 3
    figures = measure(events, learners, runs, click.echo)
    click.echo(f"\nMicroseconds of CPU an event: the middle (least to most) of {runs} runs")
    click.echo(table(figures))
    settings = {"events": events, "learners": learners, "runs": runs}
    saved = {name: cost._asdict() for name, cost in figures.items()}
    click.echo(f"\nWritten to {save('decide', settings, saved)}")


if __name__ == "__main__":
    main()
