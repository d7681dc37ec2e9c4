"""The rows of actions that wait, by the deliveries changelog itself: 8 bytes of a hash each."""

from collections import defaultdict
from hashlib import blake2b

from orchestrator.core.actions import Service
from orchestrator.delivery.waiting_rows import waits_at
from orchestrator.stream.records import RawRecord

WIDTH = 8


class WaitingTable:
    """Fed with the records of the changelog, from its beginning."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, Service], set[bytes]] = defaultdict(set)

    def on_record(self, record: RawRecord) -> None:
        """Take one change. Raises msgspec.DecodeError where a row is none of ours."""
        key = record.key or b""
        hashed = blake2b(key, digest_size=WIDTH).digest()
        at = waits_at(key, record.value)
        for service in Service:
            rows = self._rows[record.partition, service]
            rows.add(hashed) if service is at else rows.discard(hashed)

    def counts(self) -> dict[tuple[int, Service], int]:
        """Rows by partition and service."""
        return {place: len(rows) for place, rows in self._rows.items()}
