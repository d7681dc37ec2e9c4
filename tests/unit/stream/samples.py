"""Records as the Kafka client gives them, and an app that never connects."""

from collections.abc import Iterable, Sequence

from aiokafka.structs import ConsumerRecord

from orchestrator.stream.app import StreamApp
from orchestrator.stream.observer import StreamObserver
from orchestrator.stream.records import RawRecord


def record(
    offset: int,
    value: bytes | None = b"value",
    *,
    key: bytes | None = b"key",
    topic: str = "events",
    partition: int = 0,
    headers: Sequence[tuple[str, bytes]] = (),
    written_ms: int = 1_700_000_000_500,
) -> RawRecord:
    made: RawRecord = ConsumerRecord(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp=written_ms,
        timestamp_type=0,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key or b""),
        serialized_value_size=len(value or b""),
        headers=tuple(headers),
    )
    return made


def records(offsets: Iterable[int], size: int = 5) -> list[RawRecord]:
    """Records of `size` bytes each."""
    return [record(offset, b"v" * size) for offset in offsets]


def app(observer: StreamObserver | None = None) -> StreamApp:
    """Built, never started: nothing listens at its broker's address."""
    return StreamApp(
        "unconnected", bootstrap_servers=["nowhere:9092"], observer=observer, web_enabled=False
    )
