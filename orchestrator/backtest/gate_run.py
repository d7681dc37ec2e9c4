"""One run of the gate: a partition decided by the reference, and what became of each event."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from struct import Struct as Layout
from typing import NamedTuple
from zlib import crc32

import msgspec
from msgspec import Struct

from orchestrator.archive.source import Chunk, DatedSource, Span
from orchestrator.backtest.order import Order
from orchestrator.backtest.processes import Reached
from orchestrator.backtest.runner import snapshot_rows
from orchestrator.core.actions import encode_action
from orchestrator.core.fold import COUNTERS_KEY, Batch, Folded, fold
from orchestrator.core.policy_records import CONTROL_KEY
from orchestrator.topics import EVENTS

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of dead letters that nobody writes."""

_trace = Layout("<qI")
"""A decision: its offset, and a checksum of its bytes. On a disk, since there are millions."""

_encoder = msgspec.msgpack.Encoder()


class Record(NamedTuple):
    """A record of the events topic."""

    key: bytes | None
    value: bytes | None
    offset: int
    headers: tuple[tuple[str, bytes], ...] = ()


class Digests(Struct, frozen=True):
    """What one run over a partition came to."""

    decisions: bytes
    refusals: bytes
    states: bytes


class FoldPartition(Struct, frozen=True):
    """One run over a partition. `batch`: so many records at a time; `folder`: for the traces."""

    source: DatedSource
    order: Order
    batch: int
    folder: Path

    def __call__(self, partition: int, span: Span, reached: Reached) -> Digests:
        """Decide every record by the base."""
        base = self.order.base.load_earlier()
        batch = Batch(EVENTS, partition, {base.version: base}, base.version, _NO_TIME)
        rows: dict[bytes, bytes] = {}
        if partition in self.order.from_snapshot:
            rows = snapshot_rows(self.source, partition)
        decisions, refusals = blake2b(digest_size=16), blake2b(digest_size=16)
        with trace_of(self.folder, partition).open("wb") as trace:
            for records in _batches(self.source.chunks(partition, span), self.batch):
                folded = fold(batch, records, rows)
                rows |= folded.changes
                for offset, raw in _decided(folded):
                    decisions.update(len(raw).to_bytes(4) + raw)
                    trace.write(_trace.pack(offset, crc32(raw)))
                for reason in folded.refusals:
                    refusals.update(reason.encode() + b"\n")
                reached(len(records))
        return Digests(decisions.digest(), refusals.digest(), _of_states(rows))


def trace_of(folder: Path, partition: int) -> Path:
    """The file of a run's decisions of a partition."""
    return folder / f"{partition}.trace"


def _batches(chunks: Iterator[Chunk], size: int) -> Iterator[list[Record]]:
    """The records but those that switch the policy: all is decided by the base."""
    records = (
        Record(key, value, offset)
        for chunk in chunks
        for offset, key, value in zip(chunk.offsets, chunk.keys, chunk.values, strict=True)
        if key != CONTROL_KEY
    )
    while some := list(islice(records, size)):
        yield some


def _decided(folded: Folded) -> Iterator[tuple[int, bytes]]:
    """Each decision's offset and bytes, its actions' with them."""
    actions = (encode_action(action) for _, action in folded.actions)
    for row in folded.rows():
        given = islice(actions, len(row.action_ids))
        yield row.offset, b"\n".join([_encoder.encode(row), *given])


def _of_states(rows: Mapping[bytes, bytes]) -> bytes:
    digest = blake2b(digest_size=16)
    for key, raw in sorted(rows.items()):
        if key != COUNTERS_KEY:
            digest.update(_encoder.encode((key, raw)))
    return digest.digest()


def first_that_differs(one: Path, other: Path) -> int | None:
    """The offset of the first decision in which two traces differ; None: they are equal."""
    size = _trace.size * 4_096
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            some, others = first.read(size), second.read(size)
            if some != others:
                return _first_in(some, others)
            if not some:
                return None


def _first_in(some: bytes, others: bytes) -> int:
    for begin in range(0, max(len(some), len(others)), _trace.size):
        pieces = [each[begin : begin + _trace.size] for each in (some, others)]
        if pieces[0] != pieces[1]:
            offsets = [_trace.unpack(piece)[0] for piece in pieces if piece]
            return int(min(offsets))
    raise AssertionError("they differ")
