"""One file of a partition's records, read: chunk by chunk, after its bytes were held against the
manifest.
"""

from bisect import bisect_left
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from orchestrator.archive.columns import Keys, headers_of, millis_of, numbers_of, values_of
from orchestrator.archive.manifest import PartFile, StatesFile
from orchestrator.archive.source import Chunk, Span
from orchestrator.errors import ArchiveUnusable

ROWS_A_CHUNK = 8_192


def read_part(
    folder: Path, partition: int, part: PartFile, span: Span, keys: Keys
) -> Iterator[Chunk]:
    """The records of a file that are within the span. Raises ArchiveUnusable if it was changed."""
    with open_part(folder, part) as file:
        parquet = _parquet(file, folder / part.name)
        groups = [
            number
            for number in range(parquet.num_row_groups)
            if _overlaps(parquet.metadata.row_group(number), span)
        ]
        if not groups:
            return
        for batch in parquet.iter_batches(ROWS_A_CHUNK, row_groups=groups, use_threads=False):
            chunk = _chunk(partition, batch, span, keys)
            if chunk.offsets:
                yield chunk


def first_in_part(folder: Path, part: PartFile, millis: int) -> int | None:
    """The first offset in a file whose record came at this time by Kafka or later."""
    with open_part(folder, part) as file:
        parquet = _parquet(file, folder / part.name)
        for batch in parquet.iter_batches(columns=["offset", "at"], use_threads=False):
            times = millis_of(batch.column("at"))
            for offset, at in zip(numbers_of(batch.column("offset")), times, strict=True):
                if at >= millis:
                    return offset
    return None


def read_states(folder: Path, part: StatesFile) -> dict[bytes, bytes]:
    """The rows of a file of states, by key. Raises ArchiveUnusable if it was changed."""
    with open_part(folder, part) as file:
        table = _parquet(file, folder / part.name).read()
    return dict(zip(table["key"].to_pylist(), table["value"].to_pylist(), strict=True))


def open_part(folder: Path, part: PartFile | StatesFile) -> BinaryIO:
    """A file, for reading, which holds what the manifest says. Raises ArchiveUnusable."""
    path = folder / part.name
    try:
        file = path.open("rb")
    except OSError as error:
        raise ArchiveUnusable(
            f"{path} cannot be opened ({error.strerror}), and the archive is not whole without it:"
            " bring it back, or export again."
        ) from error
    if file_digest(file, "sha256").hexdigest() != part.sha256:
        file.close()
        raise ArchiveUnusable(
            f"{path} was changed since it was written (its SHA-256 is not the manifest's):"
            " bring back the file of before, or export again."
        )
    file.seek(0)
    return file


def _parquet(file: BinaryIO, path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file, read_dictionary=["key"])
    except (pa.ArrowException, OSError) as error:
        raise ArchiveUnusable(f"{path} is no Parquet file of an archive: {error}") from error


def _overlaps(group: pq.RowGroupMetaData, span: Span) -> bool:
    offsets = group.column(0).statistics
    return bool(offsets.min < span.end and offsets.max >= span.begin)


def _chunk(partition: int, batch: pa.RecordBatch, span: Span, keys: Keys) -> Chunk:
    offsets = numbers_of(batch.column("offset"))
    if offsets[0] < span.begin or offsets[-1] >= span.end:
        first, end = bisect_left(offsets, span.begin), bisect_left(offsets, span.end)
        offsets, batch = offsets[first:end], batch.slice(first, end - first)
    return Chunk(
        partition,
        offsets,
        keys.of(batch.column("key")),
        values_of(batch.column("value")),
        headers_of(batch.column("headers")),
        millis_of(batch.column("at")),
    )
