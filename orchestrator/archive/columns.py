"""Columns of Arrow to lists of Python's and back: what is read most often must cost least."""

from itertools import pairwise
from typing import Literal

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
            return [words[index] for index in numbers_of(column.indices)]
        return [None if at is None else words[at] for at in column.indices.to_pylist()]


def headers_of(column: pa.BinaryArray) -> list[Headers]:
    """The headers of every record; empty if not one of them has any."""
    if column.null_count == len(column):
        return []
    return [() if raw is None else _decoder.decode(raw) for raw in column.to_pylist()]


def millis_of(column: pa.TimestampArray) -> list[int]:
    """Milliseconds since 1970."""
    return numbers_of(column.cast(pa.int64()))


_CODES: dict[pa.DataType, Literal["q", "i"]] = {pa.int64(): "q", pa.int32(): "i"}


def numbers_of(column: pa.Array) -> list[int]:
    """A column of int64 or int32 without nulls, read from its memory: Arrow itself would make an
    object of its own for each number on the way, and take ten times as long."""
    if not len(column):
        return []
    _, memory = column.buffers()
    numbers: memoryview[int] = memoryview(memory).cast(_CODES[column.type])
    return numbers[column.offset : column.offset + len(column)].tolist()


def values_of(column: pa.BinaryArray) -> list[bytes | None]:
    """The values, None where there is none."""
    _, ends_memory, memory = column.buffers()
    if column.null_count or memory is None:
        found: list[bytes | None] = column.to_pylist()
        return found
    ends = memoryview(ends_memory).cast("i")[column.offset : column.offset + len(column) + 1]
    first, last = ends[0], ends[-1]
    whole = memory.slice(first, last - first).to_pybytes()
    return [whole[begin - first : end - first] for begin, end in pairwise(ends)]


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
