"""Dead letters of one partition, each source counted once however often it was written.

Who writes dead letters writes some of them twice: the bridge after a crash between Kafka and XACK,
an agent when its batch is read again, and a whole stream when its consumer group is made anew.
"""

from bisect import bisect_left

from msgspec import Struct, field

from orchestrator.core.counters import LabelCounters
from orchestrator.core.recent_ids import id_hash, is_recent, remember

REMEMBERED = 32
"""Places of one series above which each is known by itself; all below count as counted."""

REMEMBERED_HASHES = 64
"""Latest sources that stand in no series (actions, and what others have written)."""

MOST_SERIES = 256
"""Series of a partition: streams and topics are few; beyond that others are writing here."""

LONGEST_NUMBER = 18
"""Digits that are sure to fit into 64 bits; whatever is longer is nobody's offset and no time."""

Place = tuple[int, int]
"""Where in its series a letter's input stood: a Redis id (ms, seq), or (Kafka offset, 0)."""

Series = tuple[str, Place]
"""(`redis:<stream>` or `kafka:<topic>:<partition>`, place)."""


class Seen(Struct, array_like=True):
    """The places of one series that were counted: `recent`, in order, and all up to `floor`."""

    floor: Place = (-1, -1)
    recent: list[Place] = field(default_factory=list)

    def add(self, place: Place) -> bool:
        """Take note of a place; False if it was counted, or is so old that it must have been."""
        if place <= self.floor:
            return False
        at = bisect_left(self.recent, place)
        if at < len(self.recent) and self.recent[at] == place:
            return False
        self.recent.insert(at, place)
        if len(self.recent) > REMEMBERED:
            self.floor = self.recent.pop(0)
        return True


class LetterCounters(LabelCounters):
    """Dead letters by reason, of distinct sources, up to the offset `last` of their topic.

    `entrance`: those of the bridge (Redis entries). `events`: those of records in the events
    topic. `series`, `hashes`: by what repetitions are known.
    """

    entrance: int = 0
    events: int = 0
    series: dict[str, Seen] = field(default_factory=dict)
    hashes: bytes = b""

    def count_letter(self, offset: int, source: str, reason: str, events_topic: str) -> bool:
        """Take a letter into account; False if it, or one of the same source, has been already."""
        if offset <= self.last:
            return False
        if not self._is_new(source, offset):
            self.last = offset
            return False
        self.entrance += source.startswith("redis:")
        self.events += source.startswith(f"kafka:{events_topic}:")
        return self.count(offset, reason)

    def _is_new(self, source: str, offset: int) -> bool:
        found = series_of(source)
        if found is None or (found[0] not in self.series and len(self.series) >= MOST_SERIES):
            hashed = id_hash(source or f"offset {offset}")
            known = is_recent(self.hashes, hashed)
            if not known:
                self.hashes = remember(self.hashes, hashed, REMEMBERED_HASHES)
            return not known
        name, place = found
        return self.series.setdefault(name, Seen()).add(place)


def series_of(source: str) -> Series | None:
    """The series of a source and its place in it; None if it is of neither form."""
    kind, _, rest = source.partition(":")
    name, _, place = rest.rpartition(":")
    if kind == "kafka" and name and _is_number(place):
        return f"kafka:{name}", (int(place), 0)
    ms, dash, seq = place.partition("-")
    if kind == "redis" and name and dash and _is_number(ms) and _is_number(seq):
        return f"redis:{name}", (int(ms), int(seq))
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
