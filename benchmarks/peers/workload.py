"""The events that all sides read: coursework of many learners, written to Kafka once."""

import random
from collections import deque
from collections.abc import Callable, Iterator, Set
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from benchmarks.events import canonical
from orchestrator.stream.records import Record, Sender

STREAM = "aivo.events.coursework"
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
STEP = timedelta(seconds=1)
"""With 10,000 learners each has an event every three hours: hardly a session, and few breaks."""

ACTS_EVERY = 12.6
REPEATS_EVERY = 100
REPEATED_AFTER = 50
"""Every hundredth event is one from shortly before, which must not act again."""

WRITTEN_AT_ONCE = 20_000


class Written(NamedTuple):
    """What stands in the topics: so many events, and the ids of those with learning gaps."""

    events: int
    acting: Set[str]


async def write_events(
    sender: Sender, topics: list[str], events: int, learners: int, say: Callable[[str], object]
) -> Written:
    """The same events into each topic."""
    rng, acting = random.Random(1), set[str]()
    chunk: list[Record] = []
    for number, record in enumerate(_records(rng, events, learners, acting), 1):
        chunk.append(record)
        if len(chunk) == WRITTEN_AT_ONCE or number == events:
            for topic in topics:
                await sender.send(topic, chunk)
            chunk = []
            if number % 100_000 == 0:
                say(f"  {number:,} events written")
    return Written(events, acting)


def _records(rng: random.Random, events: int, learners: int, acting: set[str]) -> Iterator[Record]:
    recent: deque[Record] = deque(maxlen=REPEATED_AFTER)
    for number in range(events):
        if number % REPEATS_EVERY == REPEATS_EVERY - 1:
            yield recent[0]
            continue
        record = _record(rng, number, learners, acting)
        recent.append(record)
        yield record


def _record(rng: random.Random, number: int, learners: int, acting: set[str]) -> Record:
    """A piece whose accuracy moves streaks now and then, and hardly ever a level."""
    at, event_id = BEGIN + STEP * number, f"e-{number}-{rng.getrandbits(40):x}"
    metrics = {"accuracy": round(rng.uniform(0.36, 0.84), 3), "engagement": 0.7}
    data: dict[str, object] = {"performance_metrics": metrics}
    if rng.random() < 1 / ACTS_EVERY:
        data["learning_gaps"] = ["fractions"]
        acting.add(event_id)
    event = {
        "id": event_id,
        "type": "COURSEWORK_ANALYZED",
        "tenant_id": "tenant-1",
        "learner_id": f"learner-{rng.randrange(learners)}",
        "timestamp": at.isoformat(),
        "data": data,
    }
    return Record(*canonical(STREAM, event, at))
