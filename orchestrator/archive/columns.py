"""Columns of Arrow to lists of Python's and back: what is read most often must cost least."""

import msgspec
import pyarrow as pa

from orchestrator.archive.parquet_schema import RECORDS
from orchestrator.archive.source import Chunk
from orchestrator.stream.records import Headers

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Headers)


class Keys:
    """Turns encoded keys into bytes, the same object for the same key.

    Bytes remember their hash, so that a learner's state is found without hashing the key again.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}

    def of(self, column: pa.DictionaryArray) -> list[bytes | None]:
        """The keys of a column that was read with a dictionary."""
        known = self._known
        words = [known.setdefault(word, word) for word in column.dictionary.to_pylist()]
        if not column.null_count:
            return [words[index] for index in column.indices.to_pylist()]
        return [None if at is None else words[at] for at in column.indices.to_pylist()]


def headers_of(column: pa.BinaryArray) -> list[Headers]:
    """The headers of every record; empty if not one of them has any."""
    if column.null_count == len(column):
        return []
    return [() if raw is None else _decoder.decode(raw) for raw in column.to_pylist()]


def millis_of(column: pa.TimestampArray) -> list[int]:
    """Milliseconds since 1970."""
    found: list[int] = column.cast(pa.int64()).to_pylist()
    return found


def table_of(chunk: Chunk) -> pa.Table:
    """A chunk, which must tell its records' times, as the rows of a file."""
    headers = [_encoder.encode(each) if each else None for each in chunk.headers]
    columns = [
        pa.array(chunk.offsets, pa.int64()),
        pa.array(chunk.times, pa.int64()).cast(RECORDS.field("at").type),
        pa.array(chunk.keys, pa.binary()),
        pa.array(chunk.values, pa.binary()),
        pa.array(headers, pa.binary()) if headers else pa.nulls(len(chunk.offsets), pa.binary()),
    ]
    return pa.table(columns, schema=RECORDS)
