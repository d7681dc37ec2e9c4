"""A few school days as chunks of a source, and the grid that is tried on them."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import NamedTuple
from zlib import crc32

import msgspec

from orchestrator.archive.source import Chunk, Span
from orchestrator.core.ids import learner_key
from orchestrator.embedded.classroom import Classroom
from tests.unit.core.samples import MESSAGES_TOML, POLICY_TOML, START

CHUNK = 300


class Record(NamedTuple):
    """A record of the events topic, as the fold takes it."""

    key: bytes | None
    value: bytes | None
    offset: int
    headers: tuple[tuple[str, bytes], ...] = ()


@cache
def lessons(events: int, learners: int = 12, partitions: int = 3) -> dict[int, list[Record]]:
    """The records of a classroom by partition, with some that are no events."""
    found: dict[int, list[Record]] = {number: [] for number in range(partitions)}
    for _, event in islice(Classroom(learners, "explore", START).events(), events):
        key = learner_key(event["tenant_id"], event["learner_id"])
        received = START + timedelta(days=60)
        value = msgspec.json.encode(event | {"received_at": received.isoformat()})
        records = found[crc32(key) % partitions]
        records.append(Record(key, value, len(records)))
        if len(records) % 97 == 0:
            records.append(Record(key, b"no event", len(records)))
        if len(records) % 131 == 0:
            records.append(Record(b"another/one", value, len(records)))
    return found


class Lessons(NamedTuple):
    """A source of the records above: the shape of orchestrator.archive.source.Source."""

    events: int
    learners: int = 12
    partitions: int = 3

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return "a few lessons"

    def spans(self) -> dict[int, Span]:
        """What there is."""
        found = lessons(self.events, self.learners, self.partitions)
        return {number: Span(0, len(records)) for number, records in found.items()}

    def policies(self) -> dict[str, tuple[str, str]]:
        """The one policy of the repository."""
        return {"samples": (POLICY_TOML, MESSAGES_TOML)}

    def chunks(self, partition: int, span: Span) -> Iterator[Chunk]:
        """The records, some hundreds at a time."""
        records = self.records(partition)[span.begin : span.end]
        for begin in range(0, len(records), CHUNK):
            part = records[begin : begin + CHUNK]
            keys, values, offsets, _ = zip(*part, strict=True)
            yield Chunk(partition, offsets, keys, values)

    def records(self, partition: int) -> list[Record]:
        """All records of a partition."""
        return lessons(self.events, self.learners, self.partitions)[partition]
