"""Redis Streams in memory: entries, what was given out, and what is acknowledged."""

from dataclasses import dataclass, field

from orchestrator.bridge.entries import Entry as Given
from orchestrator.dialects.entry import entry_size
from tests.simulation.school.days import Entry


@dataclass
class RedisStream:
    """One stream and its one group."""

    name: str
    entries: list[Given] = field(default_factory=list)
    pending: dict[bytes, Given] = field(default_factory=dict)
    delivered: int = 0
    read_again: set[bytes] = field(default_factory=set)

    def add(self, entry: Entry) -> bytes:
        """XADD. Returns the entry's id."""
        entry_id = f"{int(entry.at.timestamp() * 1000)}-{len(self.entries)}".encode()
        self.entries.append(Given(entry_id, entry.fields, entry_size(entry.fields)))
        return entry_id

    @property
    def has_work(self) -> bool:
        return bool(self.pending) or self.delivered < len(self.entries)

    def read(self, count: int) -> list[Given]:
        """What is pending, from the oldest; else what is new."""
        if self.pending:
            again = list(self.pending.values())[:count]
            self.read_again.update(each.id for each in again)
            return again
        new = self.entries[self.delivered : self.delivered + count]
        self.delivered += len(new)
        self.pending.update({each.id: each for each in new})
        return new

    def acknowledge(self, ids: list[bytes]) -> None:
        """XACK."""
        for each in ids:
            self.pending.pop(each, None)
