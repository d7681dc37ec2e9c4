"""The shapes that cross the stream layer's border, and the port by which others write to Kafka."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """What is written to a topic; its partition follows from its key unless one is named."""

    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class RawRecord(Protocol):
    """A record as aiokafka gives it (its ConsumerRecord), as far as it is used here."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    serialized_value_size: int
    headers: tuple[tuple[str, bytes], ...]


class Sender(Protocol):
    """Writes records to Kafka, durably."""

    async def send(
        self, topic: str, records: Iterable[Record], *, partition: int | None = None
    ) -> None:
        """Return when all in-sync replicas have every record; a key's records keep their order.

        Raises StreamError when that cannot be had within the producer's delivery time; what was
        written before the error may stand (at least once).
        """
        ...
