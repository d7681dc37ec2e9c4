"""Deciding alone, without Kafka: microseconds an event, by how many come at once.

    python -m benchmarks.decide --events 100000 --learners 10000

`fold` is what the decide agent does with a batch: decode the events, decide them on the learners'
states, encode the states. `decide` alone is the rules and their evidence.
"""

import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.events import canonical, make_event
from benchmarks.record import save, spread
from orchestrator.core.decide import Position, decide
from orchestrator.core.event_codec import decode_event
from orchestrator.core.fold import Batch, fold
from orchestrator.core.policy import Policy, load_policy
from orchestrator.core.state import LearnerState

CONFIG = Path(__file__).resolve().parents[1] / "config"
BATCHES = (1, 10, 100, 2_000)
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
    rng, begin = random.Random(1), datetime(2026, 3, 2, 8, tzinfo=UTC)
    found = []
    for number in range(events):
        at = begin + STEP * number
        found.append(Source(*canonical(*make_event(number, rng, learners, at), at), number))
    return found


def folded(records: Sequence[Source], size: int, rules: Policy) -> float:
    """Seconds to fold all records, so many at a time, on rows that begin empty."""
    rows: dict[bytes, bytes] = {}
    batch = Batch("events", 0, {rules.version: rules}, rules.version, datetime.now(UTC))
    began = time.perf_counter()
    for first in range(0, len(records), size):
        rows.update(fold(batch, records[first : first + size], rows).changes)
    return time.perf_counter() - began


def decided(records: Sequence[Source], rules: Policy) -> float:
    """Seconds to decide all events, decoded before."""
    events = [(record.key, decode_event(record.value)) for record in records]
    states: dict[bytes, LearnerState] = {}
    began = time.perf_counter()
    for offset, (key, event) in enumerate(events):
        states[key] = decide(states.get(key), event, Position(0, offset), rules).state
    return time.perf_counter() - began


def decoded(records: Sequence[Source]) -> float:
    """Seconds to decode all events."""
    began = time.perf_counter()
    for record in records:
        decode_event(record.value)
    return time.perf_counter() - began


def lines(events: int, learners: int) -> Iterator[tuple[str, float]]:
    """What is measured, and its microseconds an event."""
    records, rules = history(events, learners), policy()
    yield "decode", decoded(records) / events * 1e6
    yield "decide", decided(records, rules) / events * 1e6
    for size in BATCHES:
        yield f"fold, {size:,} at a time", folded(records, size, rules) / events * 1e6


@click.command(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", default=100_000, show_default=True)
@click.option("--learners", default=10_000, show_default=True)
@click.option("--runs", default=3, show_default=True)
@click.option("--quick", is_flag=True, help="20,000 events of 2,000 learners, one run.")
def main(events: int, learners: int, runs: int, quick: bool) -> None:
    """Print a line for each."""
    if quick:
        events, learners, runs = 20_000, 2_000, 1
    found: dict[str, list[float]] = {}
    for number in range(runs):
        for name, microseconds in lines(events, learners):
            click.echo(f"run {number + 1}: {name:24} {microseconds:6.1f} microseconds an event")
            found.setdefault(name, []).append(round(microseconds, 2))
    figures = {name: spread(each)._asdict() for name, each in found.items()}
    settings = {"events": events, "learners": learners, "runs": runs}
    click.echo(f"Written to {save('decide', settings, figures)}")


if __name__ == "__main__":
    main()
